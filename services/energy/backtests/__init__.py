"""Backtests: what rules would have said of stored curves; no rule is changed without one (S18)."""
