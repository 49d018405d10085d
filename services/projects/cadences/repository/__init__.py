"""SQL of cadences: regimes and rounds, checks, summaries."""
