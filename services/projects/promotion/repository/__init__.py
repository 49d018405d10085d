"""SQL of promotion."""
