"""Parks, built and shared together (共建共享, S10): sites, tenants and their figures, and who may count them."""
