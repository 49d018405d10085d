"""Use cases of the meter register."""
