"""Conditions that people write: typed expressions over named facts, checked when saved, certain to end."""
