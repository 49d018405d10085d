"""The energy service looking after itself: its audit chain."""
