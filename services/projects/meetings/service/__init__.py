"""Use cases of meetings, action items and visits."""
