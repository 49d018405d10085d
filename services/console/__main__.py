"""``python -m services.console api``."""

import sys

import libs.common.starting  # noqa: F401
from libs.common.service import main
from services.console.bootstrap import ROLES, run_process
from services.console.settings import ConsoleSettings

if __name__ == "__main__":
    raise SystemExit(main("console", ConsoleSettings, run_process, sys.argv[1:], ROLES))
