"""SQL of parks."""
