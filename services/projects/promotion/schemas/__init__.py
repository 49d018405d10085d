"""What promotion takes and answers."""
