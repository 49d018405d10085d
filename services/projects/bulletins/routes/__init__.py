"""REST of bulletins."""

from services.projects.bulletins.routes.bulletins import router as bulletins_router
from services.projects.bulletins.routes.catalogue import router as catalogue_router
from services.projects.bulletins.routes.files import router as files_router

ROUTERS = (catalogue_router, bulletins_router, files_router)
