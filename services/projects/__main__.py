"""``python -m services.projects ROLE[,ROLE…]``: api, consumer, relay, scheduler, all; or migrate alone."""

import sys

import libs.common.starting  # noqa: F401
from libs.common.service import main
from services.projects.bootstrap import run_process
from services.projects.settings import ProjectsSettings

if __name__ == "__main__":
    raise SystemExit(main("projects", ProjectsSettings, run_process, sys.argv[1:]))
