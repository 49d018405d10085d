"""What can be imported and exported. A slice's table joins by an entry in ``catalogue.py``."""
