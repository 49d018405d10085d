"""Spreadsheets and delimited texts as streams of rows, whatever they claim to be."""
