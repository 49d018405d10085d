"""Forecast of the load of areas and substations, the weather it hangs on, and the shortage it warns of (S17)."""
