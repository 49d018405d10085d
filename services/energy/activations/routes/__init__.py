"""Routes of orderly use."""

from services.energy.activations.routes.activations import router as activations_router
from services.energy.activations.routes.orders import router as orders_router
from services.energy.activations.routes.reports import router as reports_router
from services.energy.activations.routes.rules import router as rules_router

ROUTERS = (activations_router, orders_router, reports_router, rules_router)
