"""What a registry entry must be, without any I/O."""
