"""Generation: plants, what they could deliver and did, why not, and how the year stands against its target (S22)."""
