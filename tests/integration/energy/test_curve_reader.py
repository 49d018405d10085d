"""Columns read from curves are what the rows hold, whatever qualities and intervals stand among them."""

from datetime import timedelta

import numpy as np

from services.energy.metering.curve_reader import read_days, read_totals
from services.energy.metering.domain.slots import day_number
from services.energy.metering.touched import take_touched
from tests.support.energy import TODAY, Site, usual_curve

FIRST = TODAY - timedelta(days=4)


async def test_columns_equal_the_rows_when_intervals_and_qualities_are_mixed(site: Site) -> None:
    await site.register("M1", "M2")
    await site.register("H", interval_minutes=60)
    curves = [usual_curve(meter, FIRST + timedelta(days=day)) for meter in ("M2", "M1") for day in range(3)]
    curves[1]["values"][5:9] = [None] * 4
    curves[2]["quality"] = ["estimated"] * 10 + ["edited"] * 3 + ["measured"] * 83
    hourly = [{"meter_no": "H", "date": str(FIRST), "values": [2.0] * 24}]
    async with site.worker():
        await site.merged(await site.post_curves(curves), await site.post_curves(hourly, interval_minutes=60))
    first = day_number(FIRST)
    async with site.database.session() as session:
        days = await read_days(session, 1, [0, 1, 2], first, first + 9)
        totals = await read_totals(session, 1, [0, 1, 2], first, first + 9)
        fine = await read_days(session, 1, np.array([2]), first, first, slots=24)
        none = await read_days(session, 1, [7], first, first)
        touched = await take_touched(session)
        (again,) = [await take_touched(session)]
    assert days.meter_index.tolist() == [0, 0, 0, 1, 1, 1]
    assert days.day.tolist() == [first, first + 1, first + 2] * 2
    sent = {(curve["meter_no"], curve["date"]): curve for curve in curves}
    for row in range(6):
        curve = sent[f"M{days.meter_index[row] + 1}", str(FIRST + timedelta(days=row % 3))]
        values = np.array([np.nan if value is None else value for value in curve["values"]], np.float32)
        np.testing.assert_array_equal(days.values[row], values)
        assert days.present[row] == np.count_nonzero(~np.isnan(values))
        assert abs(days.energy_kwh[row] - np.nansum(values.astype(np.float64)) / 4) < 1e-6
    assert np.count_nonzero(days.quality == 2) == 10
    assert np.count_nonzero(days.quality == 3) == 3
    assert np.count_nonzero(days.quality == 0) == 4
    assert (len(totals), totals.slots.tolist()[-1], fine.values.tolist()) == (7, 24, [[2.0] * 24])
    assert (totals.estimated.sum(), totals.edited.sum()) == (10, 3)
    np.testing.assert_allclose(totals.energy_kwh[:6], days.energy_kwh)
    assert len(none) == 0
    assert [(len(item), item.quantity) for item in touched] == [(7, 1)]
    assert again == []
