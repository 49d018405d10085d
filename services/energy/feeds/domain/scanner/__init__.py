"""Bodies of exactly the usual shape, read by compiled loops into columns; any other goes to the ordinary parsers.

A scanner gives the same body as the parser of its format, or None: then it has met something it does not know,
and the parser decides what that is. So it needs to know neither errors nor rare spellings.
"""
