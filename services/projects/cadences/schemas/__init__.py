"""What cadences take and answer."""
