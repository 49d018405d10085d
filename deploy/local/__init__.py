"""The whole system on one machine: real PostgreSQL, real Kafka and the services, without containers or root."""
