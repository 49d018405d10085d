"""Use cases of the business environment."""
