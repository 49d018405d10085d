"""Rules of the ledger as functions on frozen values: no I/O, time as an argument."""
