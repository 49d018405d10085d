"""``duban doctor``: what is wrong with a stack, with its figure, what to do, and where the runbook tells more."""
