"""Oversight: which projects are overdue or stalled, by rules that are data."""
