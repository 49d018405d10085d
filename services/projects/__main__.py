"""``python -m services.projects ROLE[,ROLE…]``: api, consumer, relay, scheduler, all; or migrate alone.

``python -m services.projects audit verify`` checks the audit chain.
"""

import sys

import libs.common.starting  # noqa: F401
from libs.common.security.audit_command import audit_command
from libs.common.service import main
from services.projects.bootstrap import run_process
from services.projects.settings import ProjectsSettings

if __name__ == "__main__":
    arguments = sys.argv[1:]
    if arguments[:1] == ["audit"]:
        raise SystemExit(audit_command("projects", ProjectsSettings, arguments[1:]))
    raise SystemExit(main("projects", ProjectsSettings, run_process, arguments))
