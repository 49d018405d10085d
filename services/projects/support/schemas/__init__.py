"""What support takes and answers."""
