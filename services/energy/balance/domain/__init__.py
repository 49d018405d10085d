"""Pure rules of the balance."""
