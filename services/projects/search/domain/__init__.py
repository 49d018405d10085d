"""What a saved filter is."""
