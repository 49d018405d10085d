"""REST of lists."""

from services.projects.lists.routes import figures, lists, measures, members, vetoes

ROUTERS = (lists.router, figures.router, members.router, measures.router, vetoes.router)
