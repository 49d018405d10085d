"""REST of the ledger."""

from services.projects.ledger.routes import entries, lifecycle, projects

# The change feed's address would else be read as a project's id; it stands first in projects.
ROUTERS = (projects.router, lifecycle.router, entries.router)
