"""Expected events: what is known in advance of meters, so that nobody is alarmed by it (S18, S21)."""
