"""Rules of the business environment: pure functions of facts, rules and days."""
