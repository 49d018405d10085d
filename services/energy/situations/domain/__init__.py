"""What a situation is and when a new judgement of one is news."""
