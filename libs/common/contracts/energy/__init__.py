"""Events of the energy service, one module a subject; what other code needs of them is named here."""

from libs.common.contracts.base import EventPayload
from libs.common.contracts.energy import conditions, feeds, grid, meters, phase_out, plants, situations
from libs.common.contracts.energy.conditions import (
    CONDITION,
    ConditionKind,
    EnergyConditionClearedV1,
    EnergyConditionOpenedV1,
)
from libs.common.contracts.energy.feeds import (
    FEED,
    FeedRecoveredV1,
    FeedSilentV1,
)
from libs.common.contracts.energy.grid import (
    GRID_NODE,
    GridNodeChangedV1,
    GridNodePayload,
    GridNodeRegisteredV1,
    GridNodeRemovedV1,
)
from libs.common.contracts.energy.meters import (
    METER,
    MeterChangedV1,
    MeterClosedV1,
    MeterPayload,
    MeterRegisteredV1,
    MeterReplacedV1,
)
from libs.common.contracts.energy.owner import (
    OWNER,
)
from libs.common.contracts.energy.phase_out import (
    PHASE_OUT,
)
from libs.common.contracts.energy.plants import (
    GENERATION_TARGET,
    PLANT,
)
from libs.common.contracts.energy.readings import (
    READINGS,
)
from libs.common.contracts.energy.situations import (
    SITUATION,
    EnergySituationClearedV1,
    EnergySituationOpenedV1,
    SituationKind,
)

EVENTS: tuple[type[EventPayload], ...] = (
    *meters.EVENTS,
    *conditions.EVENTS,
    *feeds.EVENTS,
    *situations.EVENTS,
    *grid.EVENTS,
    *plants.EVENTS,
    *phase_out.EVENTS,
)

__all__ = [
    "CONDITION",
    "EVENTS",
    "FEED",
    "GENERATION_TARGET",
    "GRID_NODE",
    "METER",
    "OWNER",
    "PHASE_OUT",
    "PLANT",
    "READINGS",
    "SITUATION",
    "ConditionKind",
    "EnergyConditionClearedV1",
    "EnergyConditionOpenedV1",
    "EnergySituationClearedV1",
    "EnergySituationOpenedV1",
    "FeedRecoveredV1",
    "FeedSilentV1",
    "GridNodeChangedV1",
    "GridNodePayload",
    "GridNodeRegisteredV1",
    "GridNodeRemovedV1",
    "MeterChangedV1",
    "MeterClosedV1",
    "MeterPayload",
    "MeterRegisteredV1",
    "MeterReplacedV1",
    "SituationKind",
]
