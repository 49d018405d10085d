"""Changes of alerts as they happen, over Server-Sent Events."""
