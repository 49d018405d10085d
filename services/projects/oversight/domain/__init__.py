"""When a project is overdue or stalled: a pure function of its facts, the rules and the day."""
