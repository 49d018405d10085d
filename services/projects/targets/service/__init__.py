"""Use cases of targets."""
