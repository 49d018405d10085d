"""Events of the energy service, one module a subject; what other code needs of them is named here."""

from libs.common.contracts.base import EventPayload
from libs.common.contracts.energy import conditions, feeds, forecasts, grid, meters, situations
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
from libs.common.contracts.energy.forecasts import (
    FORECAST,
    ForecastIssuedV1,
    ForecastPeak,
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
    *forecasts.EVENTS,
)

__all__ = [
    "CONDITION",
    "EVENTS",
    "FEED",
    "FORECAST",
    "GRID_NODE",
    "METER",
    "OWNER",
    "READINGS",
    "SITUATION",
    "ConditionKind",
    "EnergyConditionClearedV1",
    "EnergyConditionOpenedV1",
    "EnergySituationClearedV1",
    "EnergySituationOpenedV1",
    "FeedRecoveredV1",
    "FeedSilentV1",
    "ForecastIssuedV1",
    "ForecastPeak",
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
