"""Where the sections of a bulletin come from: one source a section, each reading its own slice."""
