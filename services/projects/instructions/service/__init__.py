"""Use cases of instructions."""
