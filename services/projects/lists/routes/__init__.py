"""REST of lists."""

from services.projects.lists.routes import lists, measures, members, vetoes

ROUTERS = (lists.router, members.router, measures.router, vetoes.router)
