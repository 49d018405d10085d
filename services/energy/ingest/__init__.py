"""The worker: blocks from Kafka into curves and conditions, exactly once in effect."""
