"""SQL of support."""
