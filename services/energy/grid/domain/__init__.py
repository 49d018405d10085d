"""Pure rules of the grid."""
