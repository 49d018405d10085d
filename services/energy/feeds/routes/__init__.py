"""The feed's door over HTTP."""

from services.energy.feeds.routes.deliveries import deliveries
from services.energy.feeds.routes.quarantine import router as quarantine_router
from services.energy.feeds.routes.receipts import router as receipts_router

ROUTERS = (deliveries, receipts_router, quarantine_router)
