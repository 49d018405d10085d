"""See the slice."""
