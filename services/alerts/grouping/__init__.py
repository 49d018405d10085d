"""Groups of alerts on their way to receivers, digests of storms, and the upkeep of what keeps alerts quiet."""
