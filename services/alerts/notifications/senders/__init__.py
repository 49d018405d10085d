"""Ways out of the house, one module a kind; each reads what the receiver really answered."""
