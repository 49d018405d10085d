"""``python -m tests.alertmanager_suites``: other people's programs against our Alertmanager interface.

``suites --source PATH`` builds and runs the acceptance suites of the Alertmanager's own repository, ``PATH`` being
a checkout of it or its git directory. ``clients --karma PATH --amtool PROGRAM`` starts a stack, builds karma's
server from its repository and compares what it shows, and does with amtool what an operator does. Building needs
git and the Go that the repositories name, and the modules they name in Go's cache or where Go is set up to fetch
them. Results are printed and written to ``build/alertmanager-suites``; docs/alertmanager.md holds the last ones.
"""

from __future__ import annotations

import argparse
import sys
from collections.abc import Sequence
from pathlib import Path

from tests.alertmanager_suites.building import CannotBuild, build
from tests.alertmanager_suites.clients import build_karma, use_clients
from tests.alertmanager_suites.suites import NAMES, ROOT, Place, prepare, run_suites
from tests.alertmanager_suites.verdicts import table

DIRECTORY = ROOT / "build" / "alertmanager-suites"


def main(arguments: Sequence[str]) -> int:
    """0 when everything passed but what is known to be the Alertmanager's own."""
    chosen = _parser().parse_args(arguments)
    DIRECTORY.mkdir(parents=True, exist_ok=True)
    try:
        return int(chosen.act(chosen))
    except CannotBuild as error:
        sys.stderr.write(f"{error}\n")
        return 2


def _parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(prog="python -m tests.alertmanager_suites")
    acts = parser.add_subparsers(required=True)
    suites = acts.add_parser("suites", help="the Alertmanager's acceptance suites, API and amtool")
    suites.add_argument("--source", type=Path, required=True, help="the Alertmanager's repository")
    suites.add_argument("--binary", type=Path, help="another program to run instead of ours, such as the original")
    suites.add_argument("--suite", choices=NAMES, action="append", help="this one only")
    suites.add_argument("--only", default="", help="tests that match this pattern of Go's")
    suites.add_argument("--parallel", type=int, default=1, help="tests at once; they measure in real time")
    suites.set_defaults(act=_suites)
    clients = acts.add_parser("clients", help="karma and amtool on a stack")
    clients.add_argument("--karma", type=Path, help="karma's repository")
    clients.add_argument("--amtool", type=Path, help="the program amtool")
    clients.set_defaults(act=_clients)
    return parser


def _suites(chosen: argparse.Namespace) -> int:
    place = Place(DIRECTORY)
    built = build(chosen.source.resolve(), DIRECTORY / "alertmanager")
    environment = prepare(place, built, chosen.binary)
    names = chosen.suite or NAMES
    for suite in names:
        place.printed(suite).unlink(missing_ok=True)
    found = run_suites(place, built, environment, names=names, only=chosen.only, parallel=chosen.parallel)
    head = f"Suites of {built.version} ({built.revision[:12]}) against {chosen.binary or 'duban alertmanager'}"
    text = f"{head}\n\n{table(found)}\n"
    (DIRECTORY / "result.md").write_text(text, encoding="utf-8")
    sys.stdout.write(text)
    return 0 if found and all(verdict.is_well for verdict in found) else 1


def _clients(chosen: argparse.Namespace) -> int:
    karma = None if chosen.karma is None else build_karma(chosen.karma.resolve(), DIRECTORY / "karma")
    amtool = None if chosen.amtool is None else chosen.amtool.resolve()
    text = use_clients(DIRECTORY / "clients", karma=karma, amtool=amtool)
    (DIRECTORY / "clients.md").write_text(text, encoding="utf-8")
    sys.stdout.write(text)
    return 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
