"""Routes of efficiency."""

from services.energy.efficiency.routes.benchmarks import router as benchmarks
from services.energy.efficiency.routes.catalogue import router as catalogue
from services.energy.efficiency.routes.contests import router as contests
from services.energy.efficiency.routes.figures import IMPORT_PATH
from services.energy.efficiency.routes.figures import router as figures
from services.energy.efficiency.routes.rewards import router as rewards
from services.energy.efficiency.routes.targets import router as targets

ROUTERS = (catalogue, figures, benchmarks, contests, targets, rewards)

__all__ = ["IMPORT_PATH", "ROUTERS"]
