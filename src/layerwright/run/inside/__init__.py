"""Scripts that the target's interpreter runs in the sandbox: Python 3.8 and later, standard library alone."""
