"""The business environment (S30): quiet days and inspections, appeals, and the licence agency centre's cases."""
