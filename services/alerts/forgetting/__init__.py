"""Forgetting people whom the registry has deleted: what of theirs this service has copied."""
