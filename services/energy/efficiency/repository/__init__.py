"""SQL of efficiency."""
