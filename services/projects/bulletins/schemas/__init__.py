"""What bulletins take and answer."""
