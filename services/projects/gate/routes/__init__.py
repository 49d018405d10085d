"""REST of the gate."""

from services.projects.gate.routes import overrides, panels, reviews, rules

ROUTERS = (rules.router, reviews.router, panels.router, overrides.router)
