"""REST of the registry."""

from services.projects.registry.routes import calendar_days, enterprises, people, regions, units

ROUTERS = (regions.router, units.router, people.router, enterprises.router, calendar_days.router)
