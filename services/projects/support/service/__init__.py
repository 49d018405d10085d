"""Use cases of support."""
