"""The ledger of investment projects (S1, S2): lifecycle, plan, progress, investment, and their history."""
