"""Running what is in a layer: prove, invoke and serve."""
