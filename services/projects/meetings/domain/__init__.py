"""What a meeting, its minutes and a visit may become."""
