"""Use cases of parks."""
