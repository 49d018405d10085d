"""Use cases of plants."""
