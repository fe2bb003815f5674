"""The places where a layer's code can run, best first, one a file."""
