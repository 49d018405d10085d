"""SQL of bulletins."""
