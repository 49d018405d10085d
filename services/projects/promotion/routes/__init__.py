"""REST of promotion."""

from services.projects.promotion.routes import awards, investors, leads, promotions, rules

ROUTERS = (investors.router, leads.router, promotions.router, awards.router, rules.router)
