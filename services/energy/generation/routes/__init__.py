"""Routes of generation."""

from services.energy.generation.routes import importing, output, plants, states, targets, units

# Literal paths before those with a code in their place.
ROUTERS = (importing.router, output.router, states.router, targets.router, plants.router, units.router)
IMPORT_PATHS = importing.IMPORT_PATHS
