"""Searching, rebuilding the index, and saved filters."""
