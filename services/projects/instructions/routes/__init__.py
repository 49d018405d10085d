"""REST of instructions."""

from services.projects.instructions.routes import decisions, instructions

ROUTERS = (instructions.router, decisions.router)
