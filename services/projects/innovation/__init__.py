"""Innovation of enterprises and honours for those who earned them (S31)."""
