"""Electricity of regions by month, added up over cells: what a province sees of its cities."""
