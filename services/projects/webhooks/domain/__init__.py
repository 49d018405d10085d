"""What a subscription wants, and when it is given a rest."""
