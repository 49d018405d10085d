"""The ledger of accountability: each miss of the year by person and unit, with the rows of the trail behind it."""
