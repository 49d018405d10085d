"""SQL of the economy."""
