"""Backups of a stack: three databases and Kafka's log of one moment, put back together into a new directory."""
