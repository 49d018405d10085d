"""What a condition is and what a new judgement does to those that are open."""
