"""Use cases of the registry: put, change and delete entries; each change publishes the entry's whole state."""
