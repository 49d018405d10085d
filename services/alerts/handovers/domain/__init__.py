"""What two people sign."""
