"""The bench: what a layer costs, measured as whole processes that take turns, against other tools and against the limits."""
