"""The contracts between services: one module a service, one frozen class an event type, one example each."""
