"""Seals over all trails: signed, chained, published, so that no part of the record can be made anew unseen."""
