"""REST of imports, exports and bulk edits."""

from services.projects.exchange.routes import bulk_edits, exports, imports, templates

ROUTERS = (templates.router, imports.router, exports.router, bulk_edits.router)
