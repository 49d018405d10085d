"""REST of meetings, action items and supervision visits."""

from services.projects.meetings.routes import actions, meetings, visits

ROUTERS = (meetings.router, actions.router, visits.router)
