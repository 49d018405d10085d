"""What lists take and answer."""
