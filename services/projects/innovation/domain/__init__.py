"""Pure rules of innovation records and award rounds."""
