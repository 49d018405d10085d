"""Use cases of phase-out."""
