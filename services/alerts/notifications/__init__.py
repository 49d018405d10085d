"""Telling people and systems: notifications written with the change, delivered at least once."""
