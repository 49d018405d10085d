"""Rules of parks as functions on frozen values: no I/O, time as an argument."""
