"""Problems raised on projects (S6): owner, deadline, resolution, verified closing, and the way up the levels."""
