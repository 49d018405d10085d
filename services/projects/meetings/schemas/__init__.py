"""What meetings, action items and visits take and answer."""
