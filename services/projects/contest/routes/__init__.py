"""REST of contests."""

from services.projects.contest.routes.appeals import router as appeals_router
from services.projects.contest.routes.contests import router as contests_router
from services.projects.contest.routes.live import router as live_router
from services.projects.contest.routes.participants import router as participants_router
from services.projects.contest.routes.standings import router as standings_router

ROUTERS = (contests_router, participants_router, live_router, standings_router, appeals_router)
