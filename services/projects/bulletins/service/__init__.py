"""Use cases of bulletins."""
