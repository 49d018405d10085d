"""``/v1/grid-…``."""

from services.energy.grid.routes.imports import router as imports
from services.energy.grid.routes.nodes import router as nodes
from services.energy.grid.routes.parts import router as parts
from services.energy.grid.routes.placements import router as placements
from services.energy.grid.routes.records import router as records
from services.energy.grid.routes.reports import router as reports

# Before single nodes: imports and changes are no codes.
ROUTERS = (imports, nodes, parts, placements, records, reports)
IMPORT_PATHS = ("POST /v1/grid-nodes/imports", "POST /v1/grid-placements/imports")
