"""The registry: regions, units, people, enterprises and calendar days, published on compacted topics."""
