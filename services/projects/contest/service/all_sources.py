"""The sources of contests, put together."""

from services.projects.contest.service.economy_source import EconomySource, EnergySource, ReportsSource
from services.projects.contest.service.environment_source import EnvironmentSource
from services.projects.contest.service.ledger_source import LedgerSource
from services.projects.contest.service.record_sources import ConditionsSource, InnovationSource
from services.projects.contest.service.sources import Sources
from services.projects.contest.service.targets_source import TargetsSource

SOURCES = Sources(
    (
        LedgerSource(),
        EconomySource(),
        EnergySource(),
        ReportsSource(),
        EnvironmentSource(),
        TargetsSource(),
        InnovationSource(),
        ConditionsSource(),
    )
)
