"""What keeps alerts quiet: silences, inhibition rules and maintenance windows, each with who, why and until when."""
