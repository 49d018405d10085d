"""The alerts service in a test: its database, its clock, its callers, and the events it is given."""

from collections.abc import AsyncIterator, Mapping, Sequence
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from typing import Any
from uuid import UUID, uuid4

import httpx
from fastapi import FastAPI
from sqlalchemy import insert, text

from libs.common.clock import ManualClock
from libs.common.context import Context
from libs.common.contracts.base import Event, EventPayload
from libs.common.contracts.energy import (
    ConditionKind,
    EnergyConditionClearedV1,
    EnergyConditionOpenedV1,
    EnergySituationClearedV1,
    EnergySituationOpenedV1,
    SituationKind,
)
from libs.common.contracts.projects import ProjectConditionClearedV1, ProjectConditionOpenedV1
from libs.common.database import Database
from libs.common.ids import new_id
from libs.common.outbox.relay import Relay
from libs.common.registry.tables import PersonReplicaRow
from libs.common.remember import gathering
from libs.common.security.principal import ROLE_SCOPES, SYSTEM, Principal, Role
from libs.common.web.problems import Unauthenticated
from services.alerts.escalation.jobs import TimerRunner
from services.alerts.settings import AlertsSettings
from services.alerts.streams.hub import AlertHub
from services.alerts.subscriptions import SUBSCRIPTIONS
from services.alerts.warnings.jobs import ConditionRunner

# A Tuesday, 08:30 in Shanghai: the working day begins.
MORNING = datetime(2026, 9, 15, 0, 30, tzinfo=UTC)
COUNTY, OTHER_COUNTY, CITY, TOWN = "421224", "421221", "421200", "421224101"
UNIT = uuid4()
_HANDLERS: Mapping[type[EventPayload], Any] = {
    payload: handler for subscription in SUBSCRIPTIONS for payload, handler in subscription.handlers.items()
}


def caller(name: str, role: Role, region_code: str | None, **facts: Any) -> Principal:
    return Principal(name, role, region_code, scopes=ROLE_SCOPES[role], **facts)


class Callers:
    """``Authorization: Bearer NAME`` is the caller of that name; one that is taken away is refused."""

    def __init__(self) -> None:
        self.known = {
            "admin": caller("admin", Role.ADMIN, None),
            "officer": caller("officer", Role.OFFICER, COUNTY),
            "supervisor": caller("supervisor", Role.SUPERVISOR, COUNTY),
            "leader": caller("leader", Role.LEADER, COUNTY),
            "viewer": caller("viewer", Role.VIEWER, COUNTY),
            "stranger": caller("stranger", Role.SUPERVISOR, OTHER_COUNTY),
        }

    async def authenticate(self, headers: Mapping[str, str]) -> Principal:
        name = headers.get("authorization", "").removeprefix("Bearer ")
        if name not in self.known:
            raise Unauthenticated
        return self.known[name]


@dataclass
class World:
    """What a test of the alerts service has at hand."""

    database: Database
    clock: ManualClock
    settings: AlertsSettings
    callers: Callers
    app: FastAPI
    hub: AlertHub
    people: dict[str, UUID] = field(default_factory=dict)

    @asynccontextmanager
    async def edge(self) -> AsyncIterator[Context]:
        async with self.database.transaction() as session:
            yield Context(session, self.clock.now(), new_id, SYSTEM)

    async def handle(self, payload: EventPayload, version: int = 1, **envelope: Any) -> None:
        """Give the service one event, in a transaction of its own, as the consumer would."""
        async with self.edge() as ctx:
            await self.give(ctx, payload, version, **envelope)

    async def handle_all(self, payloads: Sequence[EventPayload], version: int = 1) -> None:
        """Give the service many events in one transaction, as the consumer tries a batch of them."""
        async with self.edge() as ctx, gathering(ctx.session):
            for payload in payloads:
                await self.give(ctx, payload, version)

    async def give(self, ctx: Context, payload: EventPayload, version: int = 1, **envelope: Any) -> None:
        condition_id = getattr(payload, "condition_id", None)
        event: Event[Any] = Event(
            id=envelope.pop("event_id", None) or new_id(),
            type=payload.event_type,
            source=f"/{payload.topic.owner}",
            subject=str(condition_id),
            time=envelope.pop("time", self.clock.now()),
            aggregate_version=version,
            region_code=envelope.pop("region_code", COUNTY),
            payload=payload,
        )
        assert not envelope
        await _HANDLERS[type(payload)](ctx, event)

    async def add_person(
        self, post: str, *, region_code: str = COUNTY, email: str | None = "", **facts: Any
    ) -> UUID:
        person_id = uuid4()
        name = facts.pop("name", f"{post}（演示）")
        values = {
            "person_id": person_id,
            "name": name,
            "unit_id": facts.pop("unit_id", UNIT),
            "region_code": region_code,
            "post": post,
            "email": f"{post}@example.test" if email == "" else email,
            "active": True,
            "subject": str(person_id),
            "version": 1,
            "deleted": False,
        }
        async with self.database.transaction() as session:
            await session.execute(insert(PersonReplicaRow).values(**values))
        return person_id

    async def fire(self) -> int:
        return await TimerRunner(self.database, self.clock, new_id).fire_due()

    async def wake(self) -> int:
        """Open and end the conditions that are due."""
        return await ConditionRunner(self.database, self.clock, new_id).wake_due()

    async def advance(self, **by: float) -> int:
        """Let time pass and fire what falls due."""
        self.clock.advance(timedelta(**by))
        return await self.fire()

    async def rows(self, statement: str, **params: Any) -> list[Any]:
        async with self.database.session() as session:
            return list((await session.execute(text(statement), params)).all())

    async def scalar(self, statement: str, **params: Any) -> Any:
        return (await self.rows(statement, **params))[0][0]

    @asynccontextmanager
    async def client(self, name: str = "officer") -> AsyncIterator[httpx.AsyncClient]:
        transport = httpx.ASGITransport(app=self.app)
        headers = {"Authorization": f"Bearer {name}", "Accept-Language": "en"}
        async with httpx.AsyncClient(transport=transport, base_url="http://test", headers=headers) as client:
            yield client

    async def place_events(self) -> None:
        """Give committed events their positions, as the relay does."""
        async with self.database.engine.connect() as connection:
            await Relay(self.database, _Nowhere()).relay_once(connection)


class _Nowhere:
    async def publish(self, topic: str, key: bytes, value: bytes | None, headers: Any) -> None:
        return None


def spike(
    meter: UUID, *, level: int = 1, condition_id: UUID | None = None, **facts: Any
) -> EnergyConditionOpenedV1:
    values: dict[str, Any] = {
        "condition_id": condition_id or uuid4(),
        "kind": ConditionKind.SPIKE,
        "meter_id": meter,
        "meter_no": f"M-{str(meter)[:8]}",
        "meter_name": "1号矿热炉（演示）",
        # 11:15 in Shanghai.
        "opened_at": datetime(2026, 9, 15, 3, 15, tzinfo=UTC),
        "interval_minutes": 15,
        "value_kw": 2340.0,
        "expected_kw": 1550.0,
        "expected_low_kw": 1410.0,
        "expected_high_kw": 1690.0,
        "deviation_percent": 38.0,
        "score": 6.1,
        "level": level,
        "day_type": "working",
        "evidence_at": (datetime(2026, 9, 15, 3, 15, tzinfo=UTC),),
    }
    return EnergyConditionOpenedV1(**{**values, **facts})


def spike_over(opened: EnergyConditionOpenedV1, reason: str = "returned") -> EnergyConditionClearedV1:
    return EnergyConditionClearedV1(
        condition_id=opened.condition_id,
        kind=opened.kind,
        meter_id=opened.meter_id,
        meter_no=opened.meter_no,
        cleared_at=opened.opened_at + timedelta(hours=1),
        reason=reason,
        peak_kw=2400.0,
    )


def stalled(*, level: int = 1, **facts: Any) -> ProjectConditionOpenedV1:
    values: dict[str, Any] = {
        "condition_id": uuid4(),
        "kind": "stalled",
        "subject_type": "project",
        "subject_id": (project_id := uuid4()),
        "subject_code": "2026-421224-01",
        "subject_name": "百万吨旋窑水泥（演示）",
        "project_id": project_id,
        "project_code": "2026-421224-01",
        "project_name": "百万吨旋窑水泥（演示）",
        "opened_on": "2026-09-15",
        "reference_on": "2026-06-01",
        "days": 106,
        "threshold_days": 90,
        "level": level,
    }
    return ProjectConditionOpenedV1(**{**values, **facts})


def stalled_over(opened: ProjectConditionOpenedV1) -> ProjectConditionClearedV1:
    return ProjectConditionClearedV1(
        condition_id=opened.condition_id,
        kind=opened.kind,
        subject_type=opened.subject_type,
        subject_id=opened.subject_id,
        subject_code=opened.subject_code,
        subject_name=opened.subject_name,
        project_id=opened.project_id,
        project_code=opened.project_code,
        project_name=opened.project_name,
        cleared_on="2026-09-16",
        reason="progress recorded",
    )


def breached(**facts: Any) -> ProjectConditionOpenedV1:
    """A condition that is not about a project."""
    values: dict[str, Any] = {
        "condition_id": uuid4(),
        "kind": "approval_breached",
        "subject_type": "approval_case",
        "subject_id": uuid4(),
        "subject_code": "SP-2026-0007",
        "subject_name": "排污许可（演示）",
        "opened_on": "2026-09-15",
        "reference_on": "2026-09-14",
        "days": 1,
        "threshold_days": 5,
        "explanation_zh": "承诺 5 个工作日，已用 6 个工作日",
        "explanation_en": "promised in 5 working days, 6 used",
    }
    return ProjectConditionOpenedV1(**{**values, **facts})


def shortage(*, gap_percent: float | None = 22.5, **facts: Any) -> EnergySituationOpenedV1:
    """A substation that has less than its consumers want."""
    values: dict[str, Any] = {
        "condition_id": uuid4(),
        "kind": SituationKind.SUPPLY_SHORTAGE,
        "subject_type": "substation",
        "subject_id": uuid4(),
        "subject_code": "YASD-110",
        "subject_name": "右岸水都110千伏变电站",
        "opened_at": MORNING,
        "gap_percent": gap_percent,
        "gap_kw": 9_000.0,
        "explanation_zh": "预计最大负荷 40,000 千瓦，缺口 9,000 千瓦（22.5 %）",
        "explanation_en": "Forecast maximum 40,000 kW, short of 9,000 kW (22.5 %)",
    }
    return EnergySituationOpenedV1(**{**values, **facts})


def shortage_over(opened: EnergySituationOpenedV1, reason: str = "ended") -> EnergySituationClearedV1:
    return EnergySituationClearedV1(
        condition_id=opened.condition_id,
        kind=opened.kind,
        subject_type=opened.subject_type,
        subject_id=opened.subject_id,
        subject_code=opened.subject_code,
        subject_name=opened.subject_name,
        cleared_at=opened.opened_at + timedelta(hours=1),
        reason=reason,
    )
