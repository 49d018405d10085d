"""Rules of the gate as functions on frozen values: no I/O, time as an argument."""
