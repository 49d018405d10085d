"""Spreadsheets and delimited texts as streams of rows, and back; whatever they claim to be."""
