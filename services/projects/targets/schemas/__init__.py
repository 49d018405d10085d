"""What targets take and answer."""
