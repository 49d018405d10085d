"""The figures of the source texts that the ledger must reproduce, each with its words.

Goals of 新村镇 and of the city are not here as actuals: their projects stand in the ledger as planned, without any
progress or investment, and their amounts are targets (``dataset/goals.py``). What is not loaded is listed in
docs/demo.md.
"""

from __future__ import annotations

from datetime import date
from decimal import Decimal
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

# The city by the end of November: output 58.6亿元 (+15.3 %), value added 18.79亿元 (+10.3 %).
CITY_OUTPUT_YUAN: Final = 586 * YI // 10
CITY_OUTPUT_GROWTH: Final = Decimal("15.3")
CITY_VALUE_ADDED_YUAN: Final = 1879 * YI // 100
CITY_VALUE_ADDED_GROWTH: Final = Decimal("10.3")

# The county's year: "value added +48.6 %"; the six furnaces of the metallurgy park: "4.7亿元 output".
COUNTY_VALUE_ADDED_GROWTH: Final = Decimal("48.6")
METALLURGY_OUTPUT_YUAN: Final = 47 * YI // 10
# "23 key state enterprises"
KEY_STATE_ENTERPRISES: Final = 23

# Goals of 新村镇 for a year: value added 7890万元 (+60 %), sales 31310万元 (+20 %); and for three years.
XINCUN_VALUE_ADDED_GOAL_YUAN: Final = 7890 * WAN
XINCUN_VALUE_ADDED_GROWTH: Final = Decimal(60)
XINCUN_SALES_GOAL_YUAN: Final = 31_310 * WAN
XINCUN_SALES_GROWTH: Final = Decimal(20)
XINCUN_THREE_YEARS_VALUE_ADDED_YUAN: Final = 15_000 * WAN
XINCUN_THREE_YEARS_INVESTED_YUAN: Final = 16 * YI

# Industries of the county over three years: 冶金辅料 3亿→13亿元, 建材 3亿→10亿元; 农产品加工 5000万元.
METALLURGY_FROM_YUAN, METALLURGY_TO_YUAN = 3 * YI, 13 * YI
MATERIALS_FROM_YUAN, MATERIALS_TO_YUAN = 3 * YI, 10 * YI
FARM_PRODUCTS_YUAN: Final = 5000 * WAN

# The city's two "≥10": new above-scale enterprises, and enterprises that moved into parks.
CITY_NEW_ABOVE_SCALE: Final = 10
CITY_INTO_PARKS: Final = 10
