"""Who is on duty: rosters, their rotations and holiday lists, swaps, and who stands in for whom."""
