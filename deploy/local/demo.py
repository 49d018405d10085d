"""Runs the demo's loader, feed and story-teller (`python -m deploy.demo …`) against a stack."""

import os
import subprocess
import sys
from typing import NoReturn

from deploy.local.errors import StackError
from deploy.local.layout import CHECKOUT, Layout, load_settings
from deploy.local.leftovers import FEED, stop_feed
from deploy.local.programs import STACK_MARKER, Program, let_go, record_of, start, write_record

# A past working morning: at any speed the feed's stamps stay in the past of real time. The loader orders what the
# half hour from eight o'clock needs, and lets the clock go on to half past eight.
CLOCK_ORIGIN = "2026-09-15T07:45:00+08:00"
SPEED = 60.0


def check_clock(place: Layout) -> None:
    """Raises StackError when the directory holds a stack that never ran on the demo's clock."""
    settings = load_settings(place)
    if settings and place.stack_file.exists() and settings.clock_origin != CLOCK_ORIGIN:
        raise StackError(
            f"The stack in {place.directory} does not run on the demo's clock.",
            "Its data and the demo's would contradict each other; use another directory: duban demo --data DIR",
        )


def load(place: Layout) -> None:
    """Load the demo's data; what is there already is left as it is. Raises StackError."""
    _run(place, "load")


def tell_story(place: Layout) -> None:
    """Print the first alert's story when there is one. Raises StackError."""
    _run(place, "story")


def start_feed(place: Layout, speed: float) -> None:
    """Start the feed in the background, in place of one that runs; `duban down` ends it."""
    stop_feed(place)
    program = Program(FEED, tuple(_command(place, "feed", "--speed", f"{speed:g}")), _environment(place), CHECKOUT)
    let_go(start(program, place.log(FEED), place.pid(FEED)))


def run_feed(place: Layout, speed: float) -> NoReturn:
    """Become the feed, so that Ctrl-C and every other signal reach it directly; `duban down` ends it too."""
    stop_feed(place)
    command = _command(place, "feed", "--speed", f"{speed:g}")
    write_record(place.pid(FEED), record_of(os.getpid(), FEED))
    os.chdir(CHECKOUT)
    os.execve(command[0], command, _environment(place))  # noqa: S606 - our own interpreter and module


def _run(place: Layout, verb: str) -> None:
    done = subprocess.run(_command(place, verb), cwd=CHECKOUT, env=_environment(place), check=False)
    if done.returncode:
        raise StackError(
            f"The demo's step '{verb}' failed with code {done.returncode}.",
            "The stack runs on: see duban status and duban logs; repeat with duban demo",
        )


def _command(place: Layout, verb: str, *options: str) -> list[str]:
    return [sys.executable, "-m", "deploy.demo", verb, "--stack", str(place.stack_file), *options]


def _environment(place: Layout) -> dict[str, str]:
    return {**os.environ, "PYTHONUNBUFFERED": "1", STACK_MARKER: str(place.directory)}
