"""Tables of the business environment."""
