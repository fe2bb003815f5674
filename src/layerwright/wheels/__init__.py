"""A lock's artifacts become wheels in the store, and what each wheel holds is read once."""
