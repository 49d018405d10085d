"""Use cases of documents: adding, amending, withdrawing, and whose they are."""
