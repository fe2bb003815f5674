"""Infrastructure code for a built layer: one file a kind, each a small text that a team would keep."""
