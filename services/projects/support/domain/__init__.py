"""Pure rules of support: terms, computations, checks, steps."""
