"""``python -m services.alerts ROLE[,ROLE…]``: api, consumer, relay, scheduler, watch, mirror, all; or migrate.

``python -m services.alerts trail verify|export`` checks or takes out the record; see ``--help``.
``python -m services.alerts audit verify`` checks the audit chain, ``secrets reseal`` makes the seals of a replaced
secret key anew.
"""

import sys

import libs.common.starting  # noqa: F401
from libs.common.dead_letters.command import letters_command
from libs.common.security.audit_command import audit_command
from libs.common.security.secrets_command import secrets_command
from libs.common.service import main
from services.alerts.bootstrap import ROLES, letter_means, run_process
from services.alerts.commands import trail
from services.alerts.sealed import SEALED
from services.alerts.settings import AlertsSettings

if __name__ == "__main__":
    arguments = sys.argv[1:]
    if arguments[:1] == ["trail"]:
        raise SystemExit(trail(arguments[1:]))
    if arguments[:1] == ["audit"]:
        raise SystemExit(audit_command("alerts", AlertsSettings, arguments[1:]))
    if arguments[:1] == ["letters"]:
        raise SystemExit(letters_command("alerts", AlertsSettings, letter_means, arguments[1:]))
    if arguments[:1] == ["secrets"]:
        raise SystemExit(secrets_command("alerts", AlertsSettings, SEALED, arguments[1:]))
    raise SystemExit(main("alerts", AlertsSettings, run_process, arguments, ROLES))
