"""Rules of efficiency: pure, in decimals, so that a value on an edge lies on it."""
