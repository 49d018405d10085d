"""Imported before anything else by a program: nothing is searched for garbage while its modules are read.

All of them stay, and looking through them again and again takes a tenth to a quarter of a start.
`process.run` begins the search.
"""

import gc

gc.disable()
