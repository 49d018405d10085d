"""REST of the search."""

from services.projects.search.routes import saved_filters, search

ROUTERS = (search.router, saved_filters.router)
