"""Bulletins (S27): generated, edited, reviewed, published as frozen documents, and corrected by new editions."""
