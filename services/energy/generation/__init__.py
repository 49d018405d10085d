"""Generation: plants, what they could deliver and did, why not, and the year against its target (S22)."""
