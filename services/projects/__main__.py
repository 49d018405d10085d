"""``python -m services.projects ROLE[,ROLE…]``: api, consumer, relay, scheduler, all; or migrate alone.

``python -m services.projects audit verify`` checks the audit chain, ``keys rotate`` signs tokens with a new key,
``secrets reseal`` makes the seals of a replaced secret key anew.
"""

import sys

import libs.common.starting  # noqa: F401
from libs.common.dead_letters.command import letters_command
from libs.common.security.audit_command import audit_command
from libs.common.security.secrets_command import secrets_command
from libs.common.service import main
from services.projects.bootstrap import letter_means, run_process
from services.projects.commands import keys
from services.projects.sealed import SEALED
from services.projects.settings import ProjectsSettings

if __name__ == "__main__":
    arguments = sys.argv[1:]
    if arguments[:1] == ["audit"]:
        raise SystemExit(audit_command("projects", ProjectsSettings, arguments[1:]))
    if arguments[:1] == ["keys"]:
        raise SystemExit(keys(arguments[1:]))
    if arguments[:1] == ["letters"]:
        raise SystemExit(letters_command("projects", ProjectsSettings, letter_means, arguments[1:]))
    if arguments[:1] == ["secrets"]:
        raise SystemExit(secrets_command("projects", ProjectsSettings, SEALED, arguments[1:]))
    raise SystemExit(main("projects", ProjectsSettings, run_process, arguments))
