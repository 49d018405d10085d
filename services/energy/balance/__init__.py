"""Supply and demand of the grid: gaps, warning levels with hysteresis, shortages told to people (S17)."""
