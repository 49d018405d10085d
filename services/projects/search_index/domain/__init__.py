"""How texts become terms, and how a query finds them again."""
