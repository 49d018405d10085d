"""What the business environment takes and answers."""
