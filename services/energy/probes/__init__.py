"""Readings put in to be seen coming round: they are stored, judged and taken back."""
