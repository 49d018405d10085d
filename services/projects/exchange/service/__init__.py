"""Use cases of imports, exports and bulk edits."""
