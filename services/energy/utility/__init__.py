"""What utilities send besides readings: which customer number is which meter, and what is planned."""
