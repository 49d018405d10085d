"""REST of the ledger."""

from services.projects.ledger.routes import (
    amounts,
    contracts,
    entries,
    funds,
    history,
    lifecycle,
    milestones,
    phases,
    plans,
    projects,
    size_bands,
    totals,
)

# The change feed's address would else be read as a project's id; it stands first in projects.
ROUTERS = (
    projects.router,
    history.router,
    lifecycle.router,
    entries.router,
    funds.router,
    funds.all_router,
    contracts.router,
    milestones.router,
    milestones.rules_router,
    plans.router,
    phases.router,
    size_bands.router,
    totals.router,
    amounts.router,
)
