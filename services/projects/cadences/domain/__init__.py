"""Periods, regimes, checks and what a missed one is: pure functions of facts, calendar and day."""
