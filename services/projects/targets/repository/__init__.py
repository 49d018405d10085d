"""SQL of targets."""
