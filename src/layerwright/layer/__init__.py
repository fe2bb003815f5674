"""The layer as a value: assembled from wheels, read from what others built, written as a zip."""
