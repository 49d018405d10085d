"""Meetings with agenda, attendance, minutes and decisions (S5, S6), their action items, and supervision visits."""
