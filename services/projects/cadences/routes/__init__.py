"""REST of cadences."""

from services.projects.cadences.routes import checks, reading, regimes

# Literal addresses (changes) stand before those with an id.
ROUTERS = (regimes.router, reading.router, checks.router)
