"""Pure rules of bulletins."""
