"""From what is declared to a checked layer.zip: the steps in order, and what need not be done again."""
