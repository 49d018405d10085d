"""Planned outages of the grid: where no power is expected, no power is no fault."""
