"""REST of innovation and honours."""

from services.projects.innovation.routes import nominations, records, rounds

ROUTERS = (records.router, rounds.router, nominations.router)
