"""Loads the power year: grid, orderly use with one short morning that is over, efficiency, plants, phase-out."""

from __future__ import annotations

import time
from collections.abc import Callable
from datetime import datetime
from functools import partial
from typing import Any, Final

from deploy.demo.dataset import power, works
from deploy.demo.dataset.facts import DEMO_DAY, HISTORY_FROM
from deploy.demo.dataset.registry import COUNTY, COUNTY_OFFICER, ENTERPRISE, LEADER
from deploy.demo.script import ZONE
from deploy.demo.stack import Stack
from deploy.demo.together import together
from deploy.demo.transport import ApiError, Transport
from deploy.demo.written import Written
from libs.common.clock import read_clock, write_clock

# When the part of the demo that people see begins, a quarter of an hour or more after the stack was started.
MORNING: Final = datetime(DEMO_DAY.year, DEMO_DAY.month, DEMO_DAY.day, 8, 30, tzinfo=ZONE)
LOGINS: Final = (COUNTY_OFFICER, LEADER, ENTERPRISE)
PREPARED, COMPLETED = 4, 8


class PowerYear:
    """One run. ``by``: a transport for each of ``LOGINS``; ``enterprises``: ids by credit code."""

    def __init__(
        self, admin: Transport, by: dict[str, Transport], written: Written, enterprises: dict[str, str]
    ) -> None:
        self._admin, self._written, self._enterprises = admin, written, enterprises
        self._officer, self._leader, self._enterprise = by[COUNTY_OFFICER], by[LEADER], by[ENTERPRISE]

    async def reach(self) -> None:
        """That the energy service knows everybody who enters something. Raises ApiError while it does not."""
        for transport in (self._officer, self._leader, self._enterprise):
            await transport.get("energy", "/v1/curtailment-users", limit=1)

    async def prepare(self, advance: Callable[[], None]) -> None:
        """What has to stand before the short half hour, and its orders, as long as it lies ahead."""
        for name, work in (
            ("phase-out", self._phase_out),
            ("curtailment users", self._users),
            ("curtailment plan", self._plan),
            ("short morning", self._order),
        ):
            await self._written.once(name, work)
            advance()

    async def complete(self, advance: Callable[[], None]) -> None:
        """What rests on the year's curves."""
        for name, work in (
            ("grid nodes", partial(self._table, "/v1/grid-nodes/imports", power.NODES)),
            ("grid placements", partial(self._table, "/v1/grid-placements/imports", power.placements())),
            ("supply quotas", partial(self._table, "/v1/supply-quotas/imports", power.quotas())),
            ("plants", self._plants),
            ("efficiency", self._efficiency),
            ("own month", self._own_month),
            ("short morning verified", self._verify),
            ("forecasts", self._forecasts),
        ):
            await self._written.once(name, work)
            advance()

    async def _table(self, path: str, rows: power.Rows) -> Any:
        return await self._admin.post_table("energy", path, power.table(rows))

    async def _phase_out(self) -> None:
        standard = await self._admin.put("energy", "/v1/phase-out-standards", works.STANDARD)
        await self._admin.put("energy", "/v1/phase-out-standards", works.SECOND_STANDARD)
        await self._officer.post("energy", "/v1/phase-out-cases", {"standard_id": standard["id"], **works.CASE})

    async def _users(self) -> None:
        await self._table("/v1/curtailment-users/imports", power.users())

    async def _plan(self) -> None:
        """Drafted, checked and submitted by the officer, approved by the leader."""
        plan = await self._officer.post("energy", "/v1/curtailment-plans", power.PLAN)
        path = f"/v1/curtailment-plans/{plan['id']}"
        await self._officer.post_table("energy", f"{path}/imports", power.table(power.plan_rows()))
        await self._officer.post("energy", f"{path}/checks", None)
        await self._officer.post("energy", f"{path}/submission", {"note": "演示"})
        await self._leader.post("energy", f"{path}/approval", {"note": "演示"})

    async def _order(self) -> None:
        """Ordered, told and acknowledged: by the enterprise with a login, of the others by the office on its word.

        Where the half hour has begun already (the machine was slow) the demo goes without it.
        """
        body = {
            "region_code": COUNTY,
            "starts_at": power.SHORT_FROM.isoformat(),
            "ends_at": power.SHORT_UNTIL.isoformat(),
            "reason": power.SHORT_REASON,
            "level": 1,
            "node_code": power.FURNACE_STATION,
            "acknowledge_minutes": 10,
            "orders": [
                {
                    "enterprise_id": self._enterprises[call.enterprise.credit_code],
                    "ordered_kw": call.ordered_kw,
                    "measure": "avoid",
                }
                for call in power.CALLS
            ],
        }
        try:
            activation = await self._officer.post("energy", "/v1/activations", body)
        except ApiError as error:
            if error.code != "activation.period_unfit":
                raise
            return
        await self._officer.post("energy", f"/v1/activations/{activation['id']}/notices", None)
        own = self._enterprises[power.FIRST_FURNACE.credit_code]
        async for order in self._officer.pages("energy", "/v1/activation-orders"):
            by = self._enterprise if order["enterprise_id"] == own else self._officer
            note = {"note": "收到（演示）" if by is self._enterprise else "电话确认（演示）"}
            await by.post("energy", f"/v1/activation-orders/{order['id']}/acknowledgement", note)

    async def _plants(self) -> None:
        await self._table("/v1/plants/imports", works.plants())
        meters = [(plant, meter) for plant in works.PLANTS for meter in plant.meters]

        async def place(number: int) -> None:
            plant, meter = meters[number]
            body = {"meter_no": meter.meter_no, "role": "export", "valid_from": HISTORY_FROM.isoformat()}
            await self._enter(f"/v1/plants/{plant.code}/meters", body)

        await together(place, range(len(meters)))
        for plant in works.PLANTS:
            connection = {"node_code": plant.node, "valid_from": HISTORY_FROM.isoformat()}
            await self._enter(f"/v1/plants/{plant.code}/connections", connection)
        await self._admin.put("energy", "/v1/generation-targets", works.HYDRO_TARGET)

    async def _enter(self, path: str, body: dict[str, Any]) -> None:
        """What is there already from a loading that was cut short stays."""
        try:
            await self._admin.post("energy", path, body)
        except ApiError as error:
            if error.status != 409:
                raise

    async def _efficiency(self) -> None:
        for code, product in works.PRODUCTS.items():
            await self._admin.put("energy", f"/v1/energy-products/{code}", product)
        for benchmark in works.BENCHMARKS:
            await self._admin.put("energy", "/v1/energy-benchmarks", benchmark)
        await self._table("/v1/energy-figures/imports", works.energy_months())

    async def _own_month(self) -> None:
        own = self._enterprises[power.FIRST_FURNACE.credit_code]
        path = f"/v1/enterprises/{own}/energy-months/{works.OWN_MONTH:%Y-%m}"
        await self._enterprise.put("energy", path, works.own_month())

    async def _verify(self) -> None:
        """Verified now rather than by the job of every five minutes, where the office has closed it by then."""
        async for activation in self._officer.pages("energy", "/v1/activations"):
            if activation["state"] == "ended":
                await self._officer.post("energy", f"/v1/activations/{activation['id']}/verifications", {})

    async def _forecasts(self) -> None:
        for code in power.FORECAST_NODES:
            await self._admin.post("energy", f"/v1/grid-nodes/{code}/forecasts", {"kind": "intraday"})


def go_on_to_the_morning(stack: Stack) -> datetime:
    """Let the clock go on to the morning that people see, if it is not there yet; the stack's time after it."""
    setting = read_clock(stack.clock_file)
    now = setting.at(time.time())
    if now < MORNING:
        write_clock(stack.clock_file, MORNING, setting.rate)
    return max(now, MORNING)
