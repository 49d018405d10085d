"""What Duban is delivered with: every package by name, version and licence (供应链)."""
