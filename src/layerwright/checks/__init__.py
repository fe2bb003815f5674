"""The catalogue of checks, one a file, and what runs them."""
