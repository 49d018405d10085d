"""The sources that there are, for requests and jobs alike; they hold no state."""

from services.projects.targets.service.actuals import Sources
from services.projects.targets.service.economy_source import EconomySource
from services.projects.targets.service.energy_source import EnergySource
from services.projects.targets.service.ledger_source import LedgerSource

SOURCES = Sources((LedgerSource(), EconomySource(), EnergySource()))
