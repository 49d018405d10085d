"""Use cases of platforms, links and tickets."""
