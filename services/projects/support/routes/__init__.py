"""REST of support."""

from services.projects.support.routes import (
    applications,
    budgets,
    deciding,
    financing,
    payments,
    policies,
    summaries,
)

ROUTERS = (
    policies.router,
    budgets.router,
    summaries.router,
    applications.router,
    deciding.router,
    payments.router,
    financing.router,
)
