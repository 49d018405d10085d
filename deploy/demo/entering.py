"""Enters the ledger's facts and duties with the logins of those whose work it is, after the projects are there."""

from __future__ import annotations

import asyncio
from collections.abc import Callable, Mapping
from functools import partial

from deploy.demo.dataset import duties, ledger_facts, regimes
from deploy.demo.dataset.projects import all_projects
from deploy.demo.dataset.records import Project
from deploy.demo.dataset.registry import COUNTY, COUNTY_OFFICER, LEADER, SUPERVISOR
from deploy.demo.ledger_client import LedgerClient
from deploy.demo.together import together
from deploy.demo.written import Written

COUNTY_OFFICE = f"{COUNTY}-GJ"
STEPS = 11


class Entering:
    """One run. ``ids`` of projects by code, ``persons`` by key and ``units`` by code."""

    def __init__(
        self,
        admin: LedgerClient,
        by: Mapping[str, LedgerClient],
        written: Written,
        ids: Mapping[str, str],
        persons: Mapping[str, str],
        units: Mapping[str, str],
    ) -> None:
        self._admin, self._written = admin, written
        self._officer, self._supervisor, self._leader = by[COUNTY_OFFICER], by[SUPERVISOR], by[LEADER]
        self._ids, self._persons, self._units = ids, persons, units
        self._by_name = {project.name: project for project in all_projects()}

    async def run(self, advance: Callable[[], None]) -> None:
        """``advance`` is called once for each of the ``STEPS``."""
        for step in (
            self._funds,
            self._contracts,
            self._curves,
            self._targets,
            self._key_projects,
            self._meetings,
            self._problems,
            self._instruction,
            self._approvals,
            self._regimes,
            self._scan,
        ):
            await step()
            advance()

    def _id(self, project: Project | str) -> str:
        found = self._by_name[project] if isinstance(project, str) else project
        return self._ids[found.code]

    async def _funds(self) -> None:
        """The officer of the county records what came in, the supervision group finds it in the bank's papers."""

        async def one(number: int) -> None:
            project = ledger_facts.BROUGHT_IN[number]
            await self._written.once(f"funds {project.code}", lambda: self._arrivals(project))

        await together(one, range(len(ledger_facts.BROUGHT_IN)))

    async def _arrivals(self, project: Project) -> None:
        arrivals, project_id = ledger_facts.arrivals(project), self._id(project)
        for arrival in arrivals:
            await self._officer.record(project_id, arrival)
        if arrivals:
            for arrival_id in await self._supervisor.waiting(project_id):
                await self._supervisor.verify(project_id, arrival_id)

    async def _contracts(self) -> None:
        async def one(number: int) -> None:
            contract = ledger_facts.CONTRACTS[number]
            project = self._by_name[contract.project]
            put = partial(self._officer.put_contract, self._id(project), contract, project)
            await self._written.once(f"contract {project.code}", put)

        await together(one, range(len(ledger_facts.CONTRACTS)))

    async def _curves(self) -> None:
        planned = ledger_facts.planned()

        async def one(number: int) -> None:
            project = planned[number]
            points = ledger_facts.plan_curve(project)
            await self._written.once(
                f"curve {project.code}", lambda: self._officer.put_curve(self._id(project), points)
            )

        await together(one, range(len(planned)))

    async def _targets(self) -> None:
        for target in ledger_facts.BAND_TARGETS:
            await self._admin.put_target(target)

    async def _key_projects(self) -> None:
        ones = duties.four_ones()

        async def one(number: int) -> None:
            project = ones[number].project
            await self._written.once(f"key {project.code}", lambda: self._lead(ones[number], first=number == 0))

        await together(one, range(len(ones)))

    async def _lead(self, ones: duties.FourOnes, *, first: bool) -> None:
        project_id = self._id(ones.project)
        await self._leader.make_key(project_id)
        if ones.leader is not None:
            await self._leader.assign(project_id, self._persons[ones.leader], duties.LED_FROM, duties.PLAN)
        if first:
            successor = self._persons[duties.LEADERS[1]]
            await self._leader.assign(project_id, successor, duties.HANDOVER_ON, duties.HANDOVER)
        if ones.has_task_force:
            head = self._persons[ones.project.town_officer]
            await self._officer.form_task_force(ones.project, project_id, head)

    async def _meetings(self) -> None:
        for number in range(len(duties.ON_SITE)):
            await self._written.once(f"on-site meeting {number}", partial(self._meet, number))

    async def _meet(self, number: int) -> None:
        about = [ones for ones in duties.four_ones() if ones.meeting == number]
        items = [{"topic": ones.project.name, "project_id": self._id(ones.project)} for ones in about]
        on = duties.ON_SITE[number]
        _, minutes = await self._officer.hold_meeting(
            "on_site", duties.ON_SITE_TITLE, COUNTY, on, items, duties.ON_SITE_TEXT
        )
        for ones in about:
            if ones.is_governed:
                await self._officer.govern(self._id(ones.project), minutes, on)

    async def _problems(self) -> None:
        await self._written.once("problems", self._joint_meeting)

    async def _joint_meeting(self) -> None:
        unit, raised = self._units[COUNTY_OFFICE], []
        for problem in duties.PROBLEMS:
            problem_id = await self._officer.raise_problem(self._id(problem.project), problem, unit)
            raised.append((problem, problem_id))
            if problem.state != "open":
                await self._officer.resolve(problem_id)
            if problem.state == "closed":
                await self._supervisor.close(problem_id)
        items = [
            {"topic": problem.title, "problem_id": problem_id}
            for problem, problem_id in raised
            if problem.state == "open"
        ]
        meeting, _ = await self._officer.hold_meeting(
            "joint", duties.JOINT_TITLE, COUNTY, duties.JOINT_ON, items, duties.JOINT_TEXT
        )
        for item, (text, title, days) in zip(items, duties.DECISIONS, strict=True):
            action = {
                "title": title,
                "problem_id": item["problem_id"],
                "owner_unit_id": unit,
                "working_days": days,
            }
            await self._officer.decide(meeting, text, action)

    async def _instruction(self) -> None:
        about, unit = self._id(duties.INSTRUCTION_ABOUT), self._units[COUNTY_OFFICE]
        await self._written.once("instruction", lambda: self._leader.instruct(about, unit))

    async def _approvals(self) -> None:
        await self._written.once("matter", lambda: self._admin.put_matter(self._units[COUNTY_OFFICE]))
        owner = self._persons[f"officer-{COUNTY}"]
        await asyncio.gather(
            *(self._officer.apply(case, self._id(case.project), owner) for case in duties.approval_cases())
        )

    async def _regimes(self) -> None:
        """After the projects' lives: a gate that was shut from the first would have let none of them through."""
        for what, template in (
            ("gate-rules", regimes.GATE_TEMPLATE),
            ("cadence-regimes", regimes.CADENCE_TEMPLATE),
        ):
            await self._written.once(f"{what} {template}", partial(self._admin.adopt, what, template))
        for review in regimes.REVIEWS:
            enter = partial(self._officer.review, review, self._id(review.project))
            await self._written.once(f"{review.review} {review.project}", enter)

    async def _scan(self) -> None:
        await self._written.once("duties scanned", self._admin.scan)
