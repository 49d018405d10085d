"""Use cases of validation, estimation and editing."""
