"""What a problem is, and how it goes up a level."""
