"""Prove, invoke and serve: the code of layers and functions, run as Lambda would run it."""
