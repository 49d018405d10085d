"""What the economy takes and answers."""
