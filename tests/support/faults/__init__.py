"""A hundred random faults in one run of a whole stack under load, and the independent count at the end."""
