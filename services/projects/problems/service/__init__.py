"""Use cases of problems."""
