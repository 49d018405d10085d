"""Activations of orderly use (S21): what was ordered, told, acknowledged, amended, carried out and verified."""

from typing import ClassVar
from uuid import UUID

from libs.common.contracts.base import EventPayload, Instant, Topic
from libs.common.contracts.energy.owner import OWNER

ACTIVATION = Topic(
    "energy.activation.v1", OWNER, "Activations of orderly use, and the orders they give to enterprises"
)


class ActivationPayload(EventPayload):
    """An activation as it is at the time of the event; ``ordered_kw`` is the most ordered at one time."""

    topic: ClassVar[Topic] = ACTIVATION

    activation_id: UUID
    code: str
    region_code: str
    state: str
    level: int | None = None
    node_code: str | None = None
    starts_at: Instant
    ends_at: Instant
    enterprises: int
    ordered_kw: float
    reason: str


class ActivationOrderedV1(ActivationPayload):
    event_type: ClassVar[str] = "energy.activation.ordered.v1"


class ActivationIssuedV1(ActivationPayload):
    """The notices went out to the enterprises."""

    event_type: ClassVar[str] = "energy.activation.issued.v1"


class ActivationAmendedV1(ActivationPayload):
    """``kind``: extend, shorten, raise, lower or lift; of one enterprise where ``order_id`` is given.

    ``at`` is the new end of extend and shorten, else from when on it holds; ``share`` multiplies what was ordered.
    """

    event_type: ClassVar[str] = "energy.activation.amended.v1"

    number: int
    kind: str
    at: Instant
    order_id: UUID | None = None
    kw: float | None = None
    share: float | None = None


class ActivationStartedV1(ActivationPayload):
    event_type: ClassVar[str] = "energy.activation.started.v1"


class ActivationEndedV1(ActivationPayload):
    event_type: ClassVar[str] = "energy.activation.ended.v1"


class ActivationCancelledV1(ActivationPayload):
    event_type: ClassVar[str] = "energy.activation.cancelled.v1"


class ActivationClosedV1(ActivationPayload):
    event_type: ClassVar[str] = "energy.activation.closed.v1"


class ActivationVerifiedV1(ActivationPayload):
    """Every order has its verdict. ``energy_kwh`` and ``achieved_kw`` (mean) are those of known quarters."""

    event_type: ClassVar[str] = "energy.activation.verified.v1"

    met: int
    not_met: int
    cannot_tell: int
    ordered_kwh: float
    energy_kwh: float | None = None
    achieved_kw: float | None = None
    shortfall_kwh: float | None = None


class ActivationOrderPayload(EventPayload):
    """What concerns one enterprise; its aggregate is the order."""

    topic: ClassVar[Topic] = ACTIVATION

    order_id: UUID
    activation_id: UUID
    code: str
    enterprise_id: UUID
    enterprise_name: str
    starts_at: Instant
    ends_at: Instant
    ordered_kw: float
    measure: str | None = None


class ActivationNotifiedV1(ActivationOrderPayload):
    """A notice to the enterprise. ``kind``: order, amendment, reminder or cancellation."""

    event_type: ClassVar[str] = "energy.activation.notified.v1"

    notice_id: UUID
    number: int
    kind: str
    text_zh: str
    text_en: str
    acknowledge_by: Instant | None = None


class ActivationAcknowledgedV1(ActivationOrderPayload):
    event_type: ClassVar[str] = "energy.activation.acknowledged.v1"

    notice_id: UUID
    number: int
    acknowledged_at: Instant
    acknowledged_by: str
    note: str | None = None


class ActivationResponseVerifiedV1(ActivationOrderPayload):
    """``verdict``: met, not_met, cannot_tell (``unknown`` says why). A later edition replaces the one before."""

    event_type: ClassVar[str] = "energy.activation.response_verified.v1"

    edition: int
    cause: str
    verdict: str
    unknown: str | None = None
    method: str
    mean_kw: float | None = None
    peak_kw: float | None = None
    energy_kwh: float | None = None
    ordered_kwh: float
    shortfall_kwh: float | None = None
    rate: float | None = None
    covered: float | None = None


EVENTS: tuple[type[EventPayload], ...] = (
    ActivationOrderedV1,
    ActivationIssuedV1,
    ActivationAmendedV1,
    ActivationStartedV1,
    ActivationEndedV1,
    ActivationCancelledV1,
    ActivationVerifiedV1,
    ActivationClosedV1,
    ActivationNotifiedV1,
    ActivationAcknowledgedV1,
    ActivationResponseVerifiedV1,
)
