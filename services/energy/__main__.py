"""``python -m services.energy ROLE[,ROLE…]``: api, consumer, relay, scheduler, all; or migrate alone."""

from __future__ import annotations

import sys

from pydantic import ValidationError

from libs.common.process import run
from services.energy.bootstrap import ROLES, run_process
from services.energy.settings import EnergySettings

_USAGE = f"usage: python -m services.energy migrate | all | {','.join(ROLES)} (any of these, by comma)\n"


def main(arguments: list[str]) -> int:
    """The process's exit code: 2 for a call or settings that make no sense."""
    roles = _roles(arguments)
    if roles is None:
        sys.stderr.write(_USAGE)
        return 2
    try:
        settings = EnergySettings()
    except ValidationError as error:
        faults = (f"{'.'.join(map(str, fault['loc'])) or 'settings'}: {fault['msg']}" for fault in error.errors())
        sys.stderr.write("the settings do not fit:\n  " + "\n  ".join(faults) + "\n")
        return 2
    return run(lambda: run_process(settings, roles))


def _roles(arguments: list[str]) -> list[str] | None:
    if len(arguments) != 1:
        return None
    named = arguments[0].split(",")
    if named == ["all"]:
        return list(ROLES)
    known = named == ["migrate"] or set(named) <= set(ROLES)
    return named if known else None


if __name__ == "__main__":
    raise SystemExit(main(sys.argv[1:]))
