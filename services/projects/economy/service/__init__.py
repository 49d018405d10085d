"""Use cases of the economy."""
