"""Feedback: operators say whether a condition was one, and the meter's limits follow within bounds (S18)."""
