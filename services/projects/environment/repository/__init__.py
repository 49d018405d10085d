"""All SQL of the business environment."""
