"""Use cases of lists."""
