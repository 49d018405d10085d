"""Kafka by plain aiokafka: producer, topics, and the consumer runner. Only a service's bootstrap comes here."""
