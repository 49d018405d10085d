"""REST of platforms; only where the embedded issuer serves."""

from services.projects.platforms.routes import links, platforms, signing_in

ROUTERS = (signing_in.router, platforms.router, links.router)
