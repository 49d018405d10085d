"""Rules of the economy: pure."""
