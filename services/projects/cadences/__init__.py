"""Cadences: regimes of regular reports, the checks they ask for, and who kept them."""
