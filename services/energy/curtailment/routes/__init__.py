"""The REST API of orderly use, its planning half."""

from services.energy.curtailment.routes.entries import router as entries_router
from services.energy.curtailment.routes.plans import router as plans_router
from services.energy.curtailment.routes.selections import router as selections_router
from services.energy.curtailment.routes.users import router as users_router

ROUTERS = (users_router, plans_router, entries_router, selections_router)
# Below these come tables.
IMPORT_PATHS = ("/v1/curtailment-plans", "/v1/curtailment-users/imports")
