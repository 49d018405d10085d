"""The admission gate (S12): reviews of environment and energy, tested at approval, start and commissioning."""
