"""One check a file; the docstring of each is its page."""
