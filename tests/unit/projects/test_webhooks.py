"""Subscriptions: which events are wanted, what a receiver gets, when it is given a rest."""

from __future__ import annotations

from datetime import UTC, datetime
from typing import Any
from uuid import UUID

import pytest

from libs.common.contracts.catalogue import EVENTS
from libs.common.contracts.projects import CREDENTIAL, OWNER
from libs.common.webhooks.backoff import RetrySchedule
from services.projects.webhooks.domain.pausing import PauseRule, rest_after
from services.projects.webhooks.domain.selection import Offered, Selection, envelope
from services.projects.webhooks.errors import UnknownEvents
from services.projects.webhooks.service.events import demand_offered, offered

PROJECT = UUID(int=5)
OTHER = str(UUID(int=6))
OFFERED = (
    Offered("projects.project.v1", "", ("projects.project.registered.v1", "projects.project.amended.v1")),
    Offered("projects.condition.v1", "", ("projects.condition.opened.v1",)),
)


@pytest.mark.parametrize(
    ("topics", "types", "expected"),
    [
        ((), (), {"projects.project.v1", "projects.condition.v1"}),
        (("projects.project.v1",), (), {"projects.project.v1"}),
        ((), ("projects.condition.opened.v1",), {"projects.condition.v1"}),
        (
            ("projects.project.v1",),
            ("projects.condition.opened.v1",),
            {"projects.project.v1", "projects.condition.v1"},
        ),
    ],
)
def test_topics_are_those_in_which_something_wanted_may_stand(
    topics: tuple[str, ...], types: tuple[str, ...], expected: set[str]
) -> None:
    assert Selection("421224", frozenset(topics), frozenset(types)).topics_among(OFFERED) == expected


@pytest.mark.parametrize(
    ("facts", "region", "subject", "data", "is_wanted"),
    [
        ({}, "421224101", OTHER, {}, True),
        ({}, "421224", OTHER, None, True),
        ({}, "421221", OTHER, {}, False),
        ({}, None, OTHER, {}, False),
        ({}, "nonsense", OTHER, {}, False),
        ({"types": frozenset({"projects.project.amended.v1"})}, "421224", OTHER, {}, False),
        ({"types": frozenset({"projects.project.registered.v1"})}, "421224", OTHER, {}, True),
        ({"topics": frozenset({"projects.project.v1"})}, "421224", OTHER, {}, True),
        ({"project_id": PROJECT}, "421224", str(PROJECT), {}, True),
        ({"project_id": PROJECT}, "421224", OTHER, {"project_id": str(PROJECT)}, True),
        ({"project_id": PROJECT}, "421224", OTHER, {"owner_type": "project", "owner_id": str(PROJECT)}, True),
        ({"project_id": PROJECT}, "421224", OTHER, {"owner_type": "meeting", "owner_id": str(PROJECT)}, False),
        ({"project_id": PROJECT}, "421224", OTHER, {"project_id": None}, False),
        ({"project_id": PROJECT}, "421224", OTHER, None, False),
    ],
)
def test_event_is_wanted_when_region_type_and_project_fit(
    facts: dict[str, Any], region: str | None, subject: str, data: Any, *, is_wanted: bool
) -> None:
    selection = Selection("421224", **facts)
    assert selection.wants("projects.project.v1", OFFERED[0].types[0], region, subject, data) is is_wanted


def test_deletion_has_a_type_of_its_own() -> None:
    body = envelope(
        event_id=UUID(int=1),
        event_type="",
        topic="projects.unit.v1",
        subject="u",
        version=3,
        region_code="421224",
        occurred_at=datetime(2026, 9, 15, tzinfo=UTC),
        data=None,
    )
    assert (body["type"], body["data"], body["version"]) == ("projects.unit.deleted.v1", None, 3)


@pytest.mark.parametrize(
    ("failures", "seconds", "gone", "reason"),
    [
        (1, 0.0, True, "gone"),
        (20, 5.0, False, "failures"),
        (19, 259_200.0, False, "too_long"),
        (19, 9.0, False, None),
    ],
)
def test_receiver_is_paused_when_it_fails_too_often_or_too_long(
    failures: int, seconds: float, reason: str | None, *, gone: bool
) -> None:
    assert PauseRule().reason(failures, seconds, gone=gone) == reason


def test_rest_grows_and_never_exceeds_an_hour() -> None:
    rests = [rest_after(failures, RetrySchedule()) for failures in range(25)]
    assert rests == sorted(rests)
    assert (rests[1], rests[2], rests[-1]) == (1, 5, 3600)


def test_everything_published_is_offered_but_credentials_and_the_calendar() -> None:
    topics = {one.topic for one in offered()}
    assert {"projects.project.v1", "projects.condition.v1", "projects.document.v1"} <= topics
    assert not topics & {CREDENTIAL.name, "projects.calendar.v1"}
    published = {event.topic.name for event in EVENTS if event.topic.owner == OWNER}
    assert published - topics == {CREDENTIAL.name, "projects.calendar.v1"}
    with pytest.raises(UnknownEvents) as refused:
        demand_offered([CREDENTIAL.name, "projects.project.v1"], ["projects.dream.v1"])
    assert [error.pointer for error in refused.value.errors] == ["/topics", "/event_types"]
