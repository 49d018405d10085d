"""Search in Chinese over everything the service knows, and lists saved under a name (S29)."""
