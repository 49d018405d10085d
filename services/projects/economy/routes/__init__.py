"""REST of the economy."""

from services.projects.economy.routes import bases, catalogue, figures, register, reports, tables

# Literal addresses (changes, export) stand before those with an id.
ROUTERS = (
    catalogue.router,
    register.router,
    tables.router,
    reports.router,
    figures.router,
    bases.router,
)
