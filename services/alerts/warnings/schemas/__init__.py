"""Shapes of alerts, of what people do with them, and of rules on the wire."""
