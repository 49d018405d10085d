"""Parsers of the formats in which utilities and meters deliver; each is a file here and a line in ``registry``."""
