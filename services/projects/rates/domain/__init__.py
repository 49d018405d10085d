"""What the five rates are: pure functions of frozen facts and a day."""
