"""Loads the demo's data through the three APIs. Running it again on a loaded stack changes nothing."""

from __future__ import annotations

import asyncio
import secrets
from collections.abc import Awaitable, Callable
from datetime import date, datetime, timedelta

from rich.console import Console
from rich.progress import BarColumn, MofNCompleteColumn, Progress, TaskID, TextColumn, TimeElapsedColumn

from deploy.demo import alerting, duty_rosters, year_account
from deploy.demo.client import DemoClient, Json
from deploy.demo.dataset import enterprises, registry
from deploy.demo.dataset.facts import DEMO_DAY, HISTORY_FROM
from deploy.demo.dataset.power import drawing_less
from deploy.demo.dataset.projects import all_projects
from deploy.demo.dataset.records import Account, Project
from deploy.demo.entering import STEPS, Entering
from deploy.demo.feed import Position, PositionFile
from deploy.demo.ledger_client import LedgerClient
from deploy.demo.logins import signed_in
from deploy.demo.power import COMPLETED, LOGINS, PREPARED, PowerYear, go_on_to_the_morning
from deploy.demo.promotion import load_parks, load_promotion
from deploy.demo.script import SLOT, ZONE, Batch, slot_of
from deploy.demo.stack import Login, Stack, read_json, write_private
from deploy.demo.together import together
from deploy.demo.transport import ApiError, Transport
from deploy.demo.world import METERS, SOURCE, curves
from deploy.demo.written import Written
from libs.common.clock import FileClock

CHUNK_DAYS = 7
# The registry reaches the other services by events, usually within a second.
_REPLICA_SECONDS = 240.0
_MERGE_SECONDS = 600.0
_SCANNED = "scanned"


class Loader:
    """One run of the loading, with its progress bars."""

    def __init__(self, stack: Stack, transport: Transport, progress: Progress) -> None:
        self._stack, self._progress = stack, progress
        self._transport = transport
        self._client, self._ledger_client = DemoClient(transport), LedgerClient(transport)
        self._now = FileClock(stack.clock_file).now()
        self._written = Written(stack)
        self._persons: dict[str, str] = {}
        self._units: dict[str, str] = {}
        self._enterprises: dict[str, str] = {}

    async def run(self) -> None:
        await self._registry()
        await load_parks(self._client, self._units, self._enterprises)
        await self._accounts()
        await self._feed_key()
        await self._meters()
        async with signed_in(self._stack, LOGINS) as by:
            power_year = PowerYear(self._transport, by, self._written, self._enterprises)
            bar = self._bar("orderly use", PREPARED)
            await self._when_known(power_year.reach)
            await power_year.prepare(lambda: self._progress.advance(bar))
            self._now = max(self._now, go_on_to_the_morning(self._stack))
            # The services are busy side by side: projects with the ledger, energy with a year of curves.
            async with asyncio.TaskGroup() as group:
                group.create_task(self._ledger())
                group.create_task(self._alerting())
                group.create_task(self._energy(power_year))
        await self._scan()

    async def _registry(self) -> None:
        client = self._client
        reporting = enterprises.REPORTING
        records = (*registry.REGIONS, *registry.UNITS, *registry.PEOPLE, *reporting)
        bar = self._bar("registry", len(records))
        regions = await client.known("projects", "/v1/regions", "code")
        units = await client.known("projects", "/v1/units", "code")
        people = await client.known("projects", "/v1/persons", "code")
        works = await client.known("projects", "/v1/enterprises", "credit_code")
        for region in registry.REGIONS:
            await client.put_region(region, regions)
            self._progress.advance(bar)

        async def unit(number: int) -> None:
            record = registry.UNITS[number]
            self._units[record.code] = await client.put_unit(record, units)
            self._progress.advance(bar)

        async def person(number: int) -> None:
            record = registry.PEOPLE[number]
            self._persons[record.key] = await client.put_person(record, self._units[record.unit_code], people)
            self._progress.advance(bar)

        async def enterprise(number: int) -> None:
            record = reporting[number]
            self._enterprises[record.credit_code] = await client.put_enterprise(record, works)
            self._progress.advance(bar)

        await together(unit, range(len(registry.UNITS)))
        await together(person, range(len(registry.PEOPLE)))
        await together(enterprise, range(len(reporting)))

    async def _accounts(self) -> None:
        wanted = registry.accounts(enterprises.ALL[0].credit_code)
        known = {login.username for login in self._stack.logins()}
        existing = await self._client.account_ids()
        bar = self._bar("accounts", len(wanted))
        for account in wanted:
            if account.username not in known or account.username not in existing:
                await self._account(account, existing.get(account.username))
            self._progress.advance(bar)

    async def _account(self, account: Account, existing: str | None) -> None:
        # The ending satisfies every common rule of complexity, whatever the random part holds.
        password = f"{secrets.token_hex(8)}-Aa1"
        if existing is None:
            person = self._persons[account.person_key] if account.person_key else None
            enterprise = self._enterprises[account.credit_code] if account.credit_code else None
            await self._client.create_account(account, password, person, enterprise)
        else:
            await self._client.reset_password(existing, password)
        self._stack.add_login(Login(account.role, account.username, password))

    async def _feed_key(self) -> None:
        path = self._stack.notes / "feed-key.json"
        if read_json(path) is None:
            key = await self._client.create_feed_key(f"演示采集 {secrets.token_hex(4)}", registry.CITY)
            write_private(path, {"key": key})

    async def _ledger(self) -> None:
        projects = all_projects()
        bar = self._bar("projects", len(projects))
        known, written = await self._client.project_ids(), self._written

        async def one(number: int) -> None:
            project = projects[number]
            if project.code not in known or not written.has(project.code):
                await self._project(project, known.get(project.code))
                written.add(project.code)
            self._progress.advance(bar)

        await together(one, range(len(projects)))
        ids = await self._client.project_ids()
        await load_promotion(self._client, ids)
        bar = self._bar("facts and duties", STEPS)
        async with signed_in(self._stack, registry.ENTERING) as transports:
            by = {name: LedgerClient(transport) for name, transport in transports.items()}
            entering = Entering(self._ledger_client, by, written, ids, self._persons, self._units)
            await entering.run(lambda: self._progress.advance(bar))
        await self._year_account()

    async def _year_account(self) -> None:
        """After the ledger: by then the morning's round is over, which would ask everybody for their reports."""
        async with signed_in(self._stack, year_account.LOGINS) as by:
            account = year_account.YearAccount(
                self._transport, by, self._written, self._enterprises, self._units, self._persons
            )
            bar = self._bar("year's account", account.steps)
            await account.run(lambda: self._progress.advance(bar))

    async def _scan(self) -> None:
        """What is overdue or stalled already becomes an alert now; the daily scan finds the rest in time."""
        await self._written.once(_SCANNED, self._client.scan_projects)

    async def _project(self, project: Project, known: str | None) -> None:
        client = self._client
        officer = self._persons[project.town_officer]
        unit = self._units[_unit_of(project.region_code)]
        project_id = known or await client.create_project(project, officer, unit)
        await client.write_history(project_id, project, again=known is not None)

    async def _alerting(self) -> None:
        bar = self._bar("alerting", 1)
        await alerting.configure(self._client, self._stack)
        today = self._now.astimezone(ZONE).date()
        await duty_rosters.configure(self._client, self._persons, today, self._when_known)
        self._progress.advance(bar)

    async def _energy(self, power_year: PowerYear) -> None:
        await self._curves()
        await self._running_day()
        await self._merged()
        bar = self._bar("power year", COMPLETED)
        await power_year.complete(lambda: self._progress.advance(bar))

    async def _meters(self) -> None:
        bar = self._bar("meters", len(METERS))
        known: dict[str, Json] = {}

        async def put(number: int) -> None:
            meter = METERS[number]
            enterprise = self._enterprises[meter.credit_code]
            await self._client.put_meter(meter, enterprise, HISTORY_FROM, known)

        async def one(number: int) -> None:
            await put(number)
            self._progress.advance(bar)

        async def first() -> None:
            known.update(await self._client.known("energy", "/v1/meters", "meter_no"))
            # The enterprises were registered in this order, so once the last one is known all are.
            await put(len(METERS) - 1)

        await self._when_known(first)

        await together(one, range(len(METERS)))

    async def _curves(self) -> None:
        days = (DEMO_DAY - HISTORY_FROM).days
        bar = self._bar("curves (weeks)", -(-days // CHUNK_DAYS))
        probes = [METERS[0], METERS[len(METERS) // 2], METERS[-1]]
        stored = [await self._client.stored_days(meter.meter_no, HISTORY_FROM, DEMO_DAY) for meter in probes]
        present = set.intersection(*stored)
        generator = curves()
        made_at = datetime.combine(DEMO_DAY, datetime.min.time(), ZONE)
        for offset in range(0, days, CHUNK_DAYS):
            count = min(CHUNK_DAYS, days - offset)
            first = HISTORY_FROM + timedelta(offset)
            if not present.issuperset(_days(first, count)):
                values = await asyncio.to_thread(generator.days, first, count)
                await self._client.post_curves(METERS, first, values, SOURCE, made_at)
            self._progress.advance(bar)

    async def _running_day(self) -> None:
        """The slots between midnight and the stack's present; the feed goes on from there."""
        positions = PositionFile(self._stack)
        if positions.read() is not None:
            return
        present = slot_of(self._now)
        midnight = present.replace(hour=0, minute=0)
        usual = drawing_less(await asyncio.to_thread(curves().day, present.date()))
        slots = [midnight + n * SLOT for n in range(int((present - midnight) / SLOT))]
        bar = self._bar("running day (slots)", len(slots))
        for number, slot in enumerate(slots):
            rows = tuple(range(len(METERS)))
            values = tuple(usual[:, number].tolist())
            name = f"slot-{slot:%Y%m%dT%H%M}"
            batch = Batch(name, slot + SLOT, rows, (slot,) * len(rows), values)
            await self._client.post_readings(METERS, batch, SOURCE)
            self._progress.advance(bar)
        positions.write(Position(next_slot=present))

    async def _merged(self) -> None:
        """Wait until the worker has stored what was accepted, so that the live part starts from a calm stack."""
        position = PositionFile(self._stack).read()
        if position is None:
            return
        last = position.next_slot - SLOT
        bar = self._bar("merged", 1)
        give_up = asyncio.get_running_loop().time() + _MERGE_SECONDS
        while asyncio.get_running_loop().time() < give_up:
            latest = await self._client.latest_at(METERS[-1].meter_no)
            if latest is not None and latest >= last:
                self._progress.advance(bar)
                return
            await asyncio.sleep(0.5)
        self._progress.console.print("The energy worker is still storing the history; the stack works meanwhile.")

    async def _when_known(self, attempt: Callable[[], Awaitable[object]]) -> None:
        """Repeat what another service refuses until it has heard of the registry's entries."""
        give_up = asyncio.get_running_loop().time() + _REPLICA_SECONDS
        while True:
            try:
                await attempt()
            except ApiError as error:
                if error.status not in (401, 403, 404, 409, 422) or asyncio.get_running_loop().time() > give_up:
                    raise
                await asyncio.sleep(0.3)
            else:
                return

    def _bar(self, name: str, total: int) -> TaskID:
        return self._progress.add_task(name, total=total)


async def load(stack: Stack, console: Console) -> None:
    """Load everything that is not there yet. Raises DemoError, ApiError, Unreachable."""
    with stack.only_one("load"):
        admin = stack.login("admin")
        transport = Transport(stack.urls(), username=admin.username, password=admin.password)
        columns = (TextColumn("{task.description:<20}"), BarColumn(), MofNCompleteColumn(), TimeElapsedColumn())
        try:
            with Progress(*columns, console=console) as progress:
                await Loader(stack, transport, progress).run()
        finally:
            await transport.close()


def _unit_of(region_code: str) -> str:
    """The unit in charge: the township's industry office, or the county's for a project of the county."""
    return f"{region_code}-{'GB' if len(region_code) == 9 else 'GJ'}"


def _days(first: date, count: int) -> set[date]:
    return {first + timedelta(n) for n in range(count)}
