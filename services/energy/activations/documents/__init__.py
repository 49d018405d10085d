"""The report of the day on paper and as a table."""
