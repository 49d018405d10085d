"""What the API of efficiency takes and shows."""
