"""REST of imports, exports and bulk edits."""

from services.projects.exchange.routes import exports, imports, templates

ROUTERS = (templates.router, imports.router, exports.router)
