"""``python -m services.alerts ROLE[,ROLE…]``: api, consumer, relay, scheduler, watch, all; or migrate alone."""

import sys

from libs.common.service import main
from services.alerts.bootstrap import ROLES, run_process
from services.alerts.settings import AlertsSettings

if __name__ == "__main__":
    raise SystemExit(main("alerts", AlertsSettings, run_process, sys.argv[1:], ROLES))
