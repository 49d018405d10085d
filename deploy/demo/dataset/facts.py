"""The figures of the source texts that the ledger must reproduce, each with its words.

Goals of 新村镇 and of the city are not here as actuals: their projects stand in the ledger as planned, without any
progress or investment. What the thin ledger cannot carry yet is listed in docs/demo.md.
"""

from __future__ import annotations

from datetime import date
from typing import Final

WAN: Final = 10_000
YI: Final = 100_000_000

# The demo's clock starts on a fixed working morning, a Tuesday; the history ends the day before.
DEMO_DAY: Final = date(2026, 9, 15)
HISTORY_FROM: Final = date(2025, 9, 15)

SOURCE_COUNTY: Final = "通山县 text"
SOURCE_TOWN: Final = "新村镇 plan (a goal, not an actual)"
SYNTHETIC: Final = "synthesised for the demo"

# "97 projects brought in, 2.56亿元 in place, 6 over 1000万元"
BROUGHT_IN: Final = 97
IN_PLACE_YUAN: Final = 256_000_000
OVER_TEN_MILLION: Final = 6
TEN_MILLION: Final = 1000 * WAN

# "28 key projects built, 4.43亿元 invested"
BUILT: Final = 28
BUILT_INVESTED_YUAN: Final = 443_000_000

# The stone park (石材工业园) with its 38 owners: "4550万元 invested".
STONE_PARK_YUAN: Final = 4550 * WAN

# The first phase of the wind farm on 九宫山, which has been started.
WIND_FARM_YUAN: Final = 14_000 * WAN

# "small hydro 8000万kWh a year"
HYDRO_KWH_A_YEAR: Final = 80_000_000

# The investment 新村镇 plans, which its nine new projects of 1000万元 and more add up to.
XINCUN_GOAL_YUAN: Final = 45_000 * WAN
