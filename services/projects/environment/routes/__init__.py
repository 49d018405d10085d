"""REST of the business environment."""

from services.projects.environment.routes import anonymous, appeals, cases, inspections, rules, scores

# Literal addresses such as /v1/appeals/by-code stand before those that take an id.
ROUTERS = (
    rules.router,
    inspections.router,
    inspections.unfiled_router,
    anonymous.router,
    appeals.router,
    cases.router,
    scores.router,
)
