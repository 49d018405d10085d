"""Shapes of rosters, shifts, swaps and stand-ins on the wire."""
