"""What parks take and answer."""
