"""The Alertmanager's interface, version 2, over our own alerts, silences and routes."""
