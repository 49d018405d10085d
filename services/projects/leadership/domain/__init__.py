"""Who leads a project from when to when, and which of the four "one"s is missing."""
