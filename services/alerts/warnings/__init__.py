"""From an event to an alert: rules as data, one live alert an object and condition, and what people do with it."""
