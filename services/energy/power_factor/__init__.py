"""Power factor: active and reactive meters of one supply point, judged by the day (S18)."""
