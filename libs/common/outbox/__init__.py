"""Transactional outbox: events are rows of the change's own transaction, published by one relay a service."""
