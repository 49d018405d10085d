"""SQL of innovation and honours."""
