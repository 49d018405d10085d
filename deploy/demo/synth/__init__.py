"""Synthetic load curves that look like real industry; everything here is made up and labelled so."""
