"""Webhook subscriptions: other systems are told of events, at least once, as far as their owner may see."""
