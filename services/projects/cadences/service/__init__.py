"""Use cases of cadences."""
