"""REST of targets."""

from services.projects.targets.routes.actuals import router as actuals_router
from services.projects.targets.routes.catalogue import router as catalogue_router
from services.projects.targets.routes.editions import router as editions_router
from services.projects.targets.routes.goals import router as goals_router
from services.projects.targets.routes.letters import router as letters_router
from services.projects.targets.routes.misses import router as misses_router

ROUTERS = (catalogue_router, goals_router, actuals_router, letters_router, editions_router, misses_router)
