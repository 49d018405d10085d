"""What innovation and honours take and answer."""
