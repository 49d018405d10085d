"""Use cases of innovation and honours."""
