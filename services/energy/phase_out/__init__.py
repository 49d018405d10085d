"""Phase-out: enterprises and equipment below standard, from listing to passing or verified closure (S20)."""
