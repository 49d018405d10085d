"""REST of approvals."""

from services.projects.approvals.routes import cases, handling, matters, statistics

# Literal addresses (changes, statistics) stand before those with an id.
ROUTERS = (matters.router, statistics.router, cases.router, handling.router)
