"""Inbox: each consumer remembers the events whose effect it has committed."""
