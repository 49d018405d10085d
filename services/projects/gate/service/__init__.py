"""Use cases of the gate."""
