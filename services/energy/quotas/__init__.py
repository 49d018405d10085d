"""What the grid may supply to whom and when (供电指标), as utilities hand it out."""
