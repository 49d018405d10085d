"""Support of enterprises: policies, applications, budgets, payments; needs of finance (S16)."""
