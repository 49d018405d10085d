"""Approvals (S11): matters with their promises, cases on a working-day clock, and who kept the promise."""
