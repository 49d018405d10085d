"""REST of parks."""

from services.projects.parks.routes import attributions, parks, sites, tenants

ROUTERS = (parks.router, sites.router, tenants.router, attributions.router)
