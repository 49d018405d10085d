"""Where a platform's users prove who they are, and what proves it here for a moment, without any I/O."""
