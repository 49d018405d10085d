"""Who owns these topics: the service that alone writes to them."""

OWNER = "energy"
