"""Objects of OpenADR 3.1 by the standard's own names; only what this interface gives out."""

from collections.abc import Sequence
from datetime import datetime, timedelta
from typing import Annotated, Final, Literal

import numpy as np
from pydantic import BaseModel, ConfigDict, Field
from pydantic.alias_generators import to_camel

from services.energy.activations.domain.order import ActivationState
from services.energy.activations.rows import instants_of, profile_of
from services.energy.activations.service.reporting import achieved_so_far
from services.energy.activations.tables import (
    ActivationOrderRow,
    ActivationRow,
    ActivationTrackRow,
    ActivationVerificationRow,
)
from services.energy.openadr.domain.mapping import (
    LOAD_REDUCTION,
    NEVER,
    NO_TIME,
    duration,
    priority,
    program_id,
    simple_level,
    stretches,
)

# Who makes the reports: this VTN, from its own meters.
VTN: Final = "vtn"
ObjectId = Annotated[str, Field(pattern=r"^[a-zA-Z0-9_-]*$", min_length=1, max_length=128)]


def _name(field: str) -> str:
    camel = to_camel(field)
    return camel[:-2] + "ID" if camel.endswith("Id") else camel


class _Object(BaseModel):
    model_config = ConfigDict(alias_generator=_name, populate_by_name=True, serialize_by_alias=True)


class ValuesMap(_Object):
    type: str
    values: list[float | int | str | bool]


class IntervalPeriod(_Object):
    start: str
    duration: str


class Interval(_Object):
    id: int
    interval_period: IntervalPeriod | None = None
    payloads: list[ValuesMap]


class EventPayloadDescriptor(_Object):
    object_type: Literal["EVENT_PAYLOAD_DESCRIPTOR"] = "EVENT_PAYLOAD_DESCRIPTOR"
    payload_type: str
    units: str | None = None


class ReportPayloadDescriptor(_Object):
    object_type: Literal["REPORT_PAYLOAD_DESCRIPTOR"] = "REPORT_PAYLOAD_DESCRIPTOR"
    payload_type: str
    reading_type: str | None = None
    units: str | None = None


class _Metadata(_Object):
    id: ObjectId
    created_date_time: datetime
    modification_date_time: datetime


class Program(_Metadata):
    """The orderly use of a region."""

    object_type: Literal["PROGRAM"] = "PROGRAM"
    program_name: str
    payload_descriptors: list[EventPayloadDescriptor | ReportPayloadDescriptor]
    attributes: list[ValuesMap]


class Event(_Metadata):
    """An order to one enterprise, whose credit code is the target."""

    object_type: Literal["EVENT"] = "EVENT"
    program_id: ObjectId
    event_name: str
    priority: int | None = None
    targets: list[str]
    payload_descriptors: list[EventPayloadDescriptor]
    interval_period: IntervalPeriod
    intervals: list[Interval]


class ReportResource(_Object):
    resource_name: str
    interval_period: IntervalPeriod
    intervals: list[Interval]


class Report(_Metadata):
    """What the VTN's own meters say of an event, by whose id it goes: baseline and demand by quarter hour."""

    object_type: Literal["REPORT"] = "REPORT"
    event_id: ObjectId
    client_name: str
    client_id: str
    report_name: str
    payload_descriptors: list[ReportPayloadDescriptor]
    resources: list[ReportResource]


_EVENT_DESCRIPTORS: Final = (
    EventPayloadDescriptor(payload_type="SIMPLE"),
    EventPayloadDescriptor(payload_type=LOAD_REDUCTION, units="KW"),
)
_REPORT_DESCRIPTORS: Final = (
    ReportPayloadDescriptor(payload_type="BASELINE", reading_type="MEAN", units="KW"),
    ReportPayloadDescriptor(payload_type="DEMAND", reading_type="MEAN", units="KW"),
    ReportPayloadDescriptor(payload_type="DATA_QUALITY"),
)
_QUARTER: Final = timedelta(minutes=15)


def program_read(region_code: str, name: str | None, created_at: datetime, changed_at: datetime) -> Program:
    return Program(
        id=program_id(region_code),
        created_date_time=created_at,
        modification_date_time=changed_at,
        program_name=program_id(region_code),
        payload_descriptors=[*_EVENT_DESCRIPTORS, *_REPORT_DESCRIPTORS],
        attributes=[
            ValuesMap(type="PROGRAM_LONG_NAME", values=[f"{name or region_code} orderly use of electricity"]),
            ValuesMap(type="COUNTRY", values=["CN"]),
            # Orders are raised, lowered and lifted after they went out.
            ValuesMap(type="BINDING_EVENTS", values=[False]),
        ],
    )


def event_read(found: tuple[ActivationOrderRow, ActivationRow]) -> Event:
    order, activation = found
    is_off = activation.state == ActivationState.CANCELLED or order.ends_at <= order.starts_at
    steps = () if is_off else stretches(instants_of(profile_of(order)), order.ends_at)
    period = IntervalPeriod(start=_stamp(order.starts_at), duration=duration(order.ends_at - order.starts_at))
    return Event(
        id=str(order.id),
        created_date_time=activation.notified_at or activation.ordered_at,
        modification_date_time=max(order.changed_at, activation.changed_at),
        program_id=program_id(activation.region_code),
        event_name=activation.code,
        priority=priority(activation.level),
        targets=[order.credit_code],
        payload_descriptors=list(_EVENT_DESCRIPTORS),
        interval_period=IntervalPeriod(start=NEVER, duration=NO_TIME) if is_off else period,
        intervals=[
            Interval(
                id=number,
                interval_period=IntervalPeriod(start=_stamp(at), duration=duration(length)),
                payloads=[
                    ValuesMap(type="SIMPLE", values=[simple_level(activation.level)]),
                    ValuesMap(type=LOAD_REDUCTION, values=[kw]),
                ],
            )
            for number, (at, length, kw) in enumerate(steps)
        ],
    )


def report_read(
    found: tuple[ActivationOrderRow, ActivationRow],
    track: ActivationTrackRow | None,
    verified: ActivationVerificationRow | None,
) -> Report | None:
    """The verified curves, else those of the running order; None where there are none yet."""
    order, activation = found
    if verified is not None:
        baseline, load = verified.baseline_kw, verified.load_kw
        first_at, made_at = verified.first_at, verified.verified_at
    elif track is not None and track.over:
        load = track.load_kw
        baseline = (achieved_so_far(order, track) + np.array(load, float)).tolist()
        first_at, made_at = order.starts_at, track.tracked_at
    else:
        return None
    return Report(
        id=str(order.id),
        created_date_time=first_at,
        modification_date_time=made_at,
        event_id=str(order.id),
        client_name=order.credit_code,
        client_id=VTN,
        report_name=activation.code,
        payload_descriptors=list(_REPORT_DESCRIPTORS),
        resources=[
            ReportResource(
                resource_name=order.credit_code,
                interval_period=IntervalPeriod(start=_stamp(first_at), duration=duration(_QUARTER)),
                intervals=_intervals(baseline, load),
            )
        ],
    )


def _intervals(baseline: Sequence[float], load: Sequence[float]) -> list[Interval]:
    return [
        Interval(id=number, payloads=_payloads(usual, drawn))
        for number, (usual, drawn) in enumerate(zip(baseline, load, strict=True))
    ]


def _payloads(usual: float, drawn: float) -> list[ValuesMap]:
    """What is missing has no payload, and says so."""
    named = (("BASELINE", usual), ("DEMAND", drawn))
    known = [ValuesMap(type=name, values=[value]) for name, value in named if np.isfinite(value)]
    return [*known, ValuesMap(type="DATA_QUALITY", values=["OK" if np.isfinite(drawn) else "MISSING"])]


def _stamp(instant: datetime) -> str:
    return instant.isoformat().replace("+00:00", "Z")
