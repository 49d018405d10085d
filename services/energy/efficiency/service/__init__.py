"""Use cases of efficiency."""
