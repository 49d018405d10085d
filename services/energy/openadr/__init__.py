"""OpenADR 3.1 outwards: orders of orderly use as events that a VEN can read; nothing is taken in."""
