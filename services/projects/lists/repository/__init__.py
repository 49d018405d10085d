"""SQL of lists."""
