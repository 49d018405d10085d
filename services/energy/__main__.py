"""``python -m services.energy ROLE[,ROLE…]``: api, consumer, relay, scheduler, gateway, all; or migrate alone.

``python -m services.energy archive YYYY-MM`` moves a month of curves into files below DUBAN_ARCHIVE_DIRECTORY,
``restore YYYY-MM`` brings it back. ``backtest --from DAY --to DAY`` tries rules of detection on stored curves.
``audit verify`` checks the audit chain, ``secrets reseal`` makes the seals of a replaced secret key anew.
"""

import sys
from collections.abc import Sequence
from datetime import date

import libs.common.starting  # noqa: F401
from libs.common.dead_letters.command import letters_command
from libs.common.logs import configure_logging
from libs.common.process import run
from libs.common.security.audit_command import audit_command
from libs.common.security.secrets_command import secrets_command
from libs.common.service import main
from services.energy.api import SERVICE
from services.energy.backtests.command import backtest
from services.energy.bootstrap import ROLES, move_month, run_process
from services.energy.bootstrap_letters import letter_means
from services.energy.sealed import SEALED
from services.energy.settings import EnergySettings

_MONTHLY = ("archive", "restore")


def month_of(text: str) -> date | None:
    """The first day of ``YYYY-MM``; None for any other text."""
    try:
        return date.fromisoformat(f"{text}-01")
    except ValueError:
        return None


def move(action: str, text: str) -> int:
    month = month_of(text)
    if month is None:
        sys.stderr.write(f"usage: python -m services.energy {action} YYYY-MM\n")
        return 2
    settings = EnergySettings()
    # Of the whole process: here, where it is one of its own.
    configure_logging(service=SERVICE, role=action, level=settings.log_level, console=True)
    return run(lambda: move_month(settings, action, month))


def try_rules(arguments: Sequence[str]) -> int:
    return run(lambda: backtest(EnergySettings(), arguments))


if __name__ == "__main__":
    arguments = sys.argv[1:]
    if arguments[:1] == ["backtest"]:
        raise SystemExit(try_rules(arguments[1:]))
    if arguments[:1] == ["audit"]:
        raise SystemExit(audit_command(SERVICE, EnergySettings, arguments[1:]))
    if arguments[:1] == ["letters"]:
        raise SystemExit(letters_command(SERVICE, EnergySettings, letter_means, arguments[1:]))
    if arguments[:1] == ["secrets"]:
        raise SystemExit(secrets_command(SERVICE, EnergySettings, SEALED, arguments[1:]))
    if len(arguments) == 2 and arguments[0] in _MONTHLY:
        raise SystemExit(move(*arguments))
    raise SystemExit(main("energy", EnergySettings, run_process, arguments, ROLES))
