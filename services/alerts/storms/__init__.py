"""Storms: who is told of too much at once is told in digests, and nothing is lost."""
