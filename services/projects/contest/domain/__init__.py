"""Rules of contests."""
