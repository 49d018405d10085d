"""The outward heartbeat: told to an independent receiver only while events really go round."""
