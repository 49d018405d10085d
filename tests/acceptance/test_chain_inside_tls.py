"""The chain once more where Kafka knows each service by its certificate and grants it its own topics alone."""

from __future__ import annotations

from collections.abc import Iterator

import pytest

from tests.acceptance import test_chain as chain
from tests.acceptance.conftest import MORNING
from tests.support.stack import running_stack
from tests.support.world import World, build_world

pytestmark = [pytest.mark.stack, pytest.mark.long, pytest.mark.timeout(600)]


@pytest.fixture(scope="module")
def secured(tmp_path_factory: pytest.TempPathFactory) -> Iterator[World]:
    options = ("--inside-tls", "--clock-origin", MORNING, "--clock-rate", "0")
    with running_stack(tmp_path_factory.mktemp("secured"), *options) as stack:
        yield build_world(stack)


def test_spike_reaches_the_officer_and_climbs_when_the_inside_is_secured(secured: World) -> None:
    chain.test_spike_reaches_the_officer_and_climbs_until_acknowledged(secured)


def test_stalled_project_becomes_an_alert_when_the_inside_is_secured(secured: World) -> None:
    chain.test_stalled_project_reaches_the_officer_when_nothing_moves(secured)
