"""Use cases of webhooks: keeping subscriptions, making deliveries of events, recording attempts."""
