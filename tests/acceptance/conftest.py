"""One stack for the acceptance tests that do not need one of their own."""

from __future__ import annotations

from collections.abc import Iterator

import pytest

from tests.support.stack import running_stack
from tests.support.world import World, build_world

# A Tuesday morning; the clock stands still until a test moves it forward.
MORNING = "2026-09-15T08:30:00+08:00"


@pytest.fixture(scope="session")
def county(tmp_path_factory: pytest.TempPathFactory) -> Iterator[World]:
    """A small county on a stack whose clock the tests move."""
    options = ("--clock-origin", MORNING, "--clock-rate", "0")
    with running_stack(tmp_path_factory.mktemp("county"), *options) as stack:
        yield build_world(stack)
