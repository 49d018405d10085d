"""The grid: what hangs under what, what it can carry, and the load it carried (S17)."""
