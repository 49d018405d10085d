"""Office hours: when the working-time clock of a region runs, as data with a period."""
