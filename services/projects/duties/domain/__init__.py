"""The steps of a duty, its deadline and when it is overdue: pure functions of facts, rules and the day."""
