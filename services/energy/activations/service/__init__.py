"""Use cases of orderly use: ordering, telling, amending, following, verifying, reporting."""
