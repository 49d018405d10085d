"""What comes back to a message: its reader's answer by a one-time link, its provider's report."""
