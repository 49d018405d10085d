"""REST of the ledger."""

from services.projects.ledger.routes import amounts, entries, funds, lifecycle, projects

# The change feed's address would else be read as a project's id; it stands first in projects.
ROUTERS = (
    projects.router,
    lifecycle.router,
    entries.router,
    funds.router,
    funds.all_router,
    amounts.router,
)
