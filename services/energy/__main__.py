"""``python -m services.energy ROLE[,ROLE…]``: api, consumer, relay, scheduler, gateway, all; or migrate alone."""

import sys

from libs.common.service import main
from services.energy.bootstrap import ROLES, run_process
from services.energy.settings import EnergySettings

if __name__ == "__main__":
    raise SystemExit(main("energy", EnergySettings, run_process, sys.argv[1:], ROLES))
