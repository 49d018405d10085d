"""Rules of approvals as functions on frozen values: no I/O, time and calendar as arguments."""
