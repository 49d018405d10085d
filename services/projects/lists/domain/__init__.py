"""Pure rules of lists: entry, what is owed, reforms, pilots."""
