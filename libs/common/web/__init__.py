"""The HTTP edge: problems, transactions, lists, conditional requests, the application itself."""
