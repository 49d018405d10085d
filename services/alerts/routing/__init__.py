"""Who is told: from a post and a region to people."""
