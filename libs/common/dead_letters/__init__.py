"""Events set aside as poison: kept whole, read, mended, handled once after all, or discarded with a reason."""
