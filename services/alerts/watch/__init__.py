"""The service watches itself: findings such as a late timer or a paused channel, open until they pass."""
