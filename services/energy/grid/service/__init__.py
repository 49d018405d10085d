"""Use cases of the grid."""
