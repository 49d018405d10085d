"""Events of the energy service, one module a subject; what other code needs of them is named here."""

from libs.common.contracts.base import EventPayload
from libs.common.contracts.energy import (
    activations,
    conditions,
    curtailment,
    efficiency,
    feeds,
    forecasts,
    grid,
    meters,
    phase_out,
    plants,
    settlements,
    situations,
)
from libs.common.contracts.energy.activations import (
    ACTIVATION,
    ActivationAcknowledgedV1,
    ActivationAmendedV1,
    ActivationCancelledV1,
    ActivationClosedV1,
    ActivationEndedV1,
    ActivationIssuedV1,
    ActivationNotifiedV1,
    ActivationOrderedV1,
    ActivationOrderPayload,
    ActivationPayload,
    ActivationResponseVerifiedV1,
    ActivationStartedV1,
    ActivationVerifiedV1,
)
from libs.common.contracts.energy.conditions import (
    CONDITION,
    ConditionKind,
    EnergyConditionClearedV1,
    EnergyConditionOpenedV1,
)
from libs.common.contracts.energy.curtailment import (
    CURTAILMENT_PLAN,
    CurtailmentPlanApprovedV1,
    CurtailmentPlanChangedV1,
    CurtailmentPlanCheckedV1,
    CurtailmentPlanDiscardedV1,
    CurtailmentPlanDraftedV1,
    CurtailmentPlanEnteredForceV1,
    CurtailmentPlanPayload,
    CurtailmentPlanReturnedV1,
    CurtailmentPlanSubmittedV1,
    CurtailmentPlanSupersededV1,
    CurtailmentTier,
)
from libs.common.contracts.energy.efficiency import (
    BENCHMARK,
    CONTEST,
    VETO,
    ContestPlace,
    EnergyBenchmarkRecordedV1,
    EnergyContestFrozenV1,
    EnergyVetoLiftedV1,
    EnergyVetoSetV1,
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
from libs.common.contracts.energy.settlements import (
    SETTLEMENT,
    SettlementFrozenV1,
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
    *forecasts.EVENTS,
    *efficiency.EVENTS,
    *curtailment.EVENTS,
    *activations.EVENTS,
    *settlements.EVENTS,
)

__all__ = [
    "ACTIVATION",
    "BENCHMARK",
    "CONDITION",
    "CONTEST",
    "CURTAILMENT_PLAN",
    "EVENTS",
    "FEED",
    "FORECAST",
    "GENERATION_TARGET",
    "GRID_NODE",
    "METER",
    "OWNER",
    "PHASE_OUT",
    "PLANT",
    "READINGS",
    "SETTLEMENT",
    "SITUATION",
    "VETO",
    "ActivationAcknowledgedV1",
    "ActivationAmendedV1",
    "ActivationCancelledV1",
    "ActivationClosedV1",
    "ActivationEndedV1",
    "ActivationIssuedV1",
    "ActivationNotifiedV1",
    "ActivationOrderPayload",
    "ActivationOrderedV1",
    "ActivationPayload",
    "ActivationResponseVerifiedV1",
    "ActivationStartedV1",
    "ActivationVerifiedV1",
    "ConditionKind",
    "ContestPlace",
    "CurtailmentPlanApprovedV1",
    "CurtailmentPlanChangedV1",
    "CurtailmentPlanCheckedV1",
    "CurtailmentPlanDiscardedV1",
    "CurtailmentPlanDraftedV1",
    "CurtailmentPlanEnteredForceV1",
    "CurtailmentPlanPayload",
    "CurtailmentPlanReturnedV1",
    "CurtailmentPlanSubmittedV1",
    "CurtailmentPlanSupersededV1",
    "CurtailmentTier",
    "EnergyBenchmarkRecordedV1",
    "EnergyConditionClearedV1",
    "EnergyConditionOpenedV1",
    "EnergyContestFrozenV1",
    "EnergySituationClearedV1",
    "EnergySituationOpenedV1",
    "EnergyVetoLiftedV1",
    "EnergyVetoSetV1",
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
    "SettlementFrozenV1",
    "SituationKind",
]
