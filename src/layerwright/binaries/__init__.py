"""Bytes become frozen facts of an ELF file; the loader's search and binding are simulated on them."""
