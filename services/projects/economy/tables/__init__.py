"""Tables of the economy."""
