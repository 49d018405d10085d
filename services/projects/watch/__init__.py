"""The projects service looking after itself (值守): attacks on sign-ins, and its audit chain."""
