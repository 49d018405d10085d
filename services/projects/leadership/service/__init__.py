"""Use cases of leadership."""
