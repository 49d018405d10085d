"""Energy use against output: intensities, benchmarks, contest, targets, vetoes and rewards (S19, S23)."""
