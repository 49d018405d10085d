"""Loads the year's account: reports of enterprises, targets and who signed for them, lists, a fund, awards."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from datetime import date
from functools import partial
from typing import Any, Final

from deploy.demo.dataset import economy, facts, goals, report_tables, support
from deploy.demo.dataset.enterprises import ALL
from deploy.demo.dataset.records import LABEL
from deploy.demo.dataset.registry import (
    CITY,
    CITY_LEADER,
    COUNTY_OFFICER,
    ENTERPRISE,
    LEADER,
    SUPERVISOR,
    XINCUN,
)
from deploy.demo.together import together
from deploy.demo.transport import Transport
from deploy.demo.written import Written

LOGINS: Final = (COUNTY_OFFICER, SUPERVISOR, LEADER, ENTERPRISE, CITY_LEADER)
# So many reports are accepted by one request.
_AT_ONCE: Final = 800
_TODAY: Final = facts.DEMO_DAY.isoformat()


class YearAccount:
    """One run. ``by``: a transport for each of ``LOGINS``; ids of enterprises, units and persons."""

    def __init__(
        self,
        admin: Transport,
        by: Mapping[str, Transport],
        written: Written,
        enterprises: Mapping[str, str],
        units: Mapping[str, str],
        persons: Mapping[str, str],
    ) -> None:
        self._admin, self._by, self._written = admin, by, written
        self._enterprises, self._units, self._persons = enterprises, dict(units), dict(persons)

    @property
    def steps(self) -> int:
        """How often ``run`` calls back."""
        return len(self._work())

    async def run(self, advance: Callable[[], None]) -> None:
        for name, work in self._work():
            await self._written.once(f"year: {name}", work)
            advance()

    def _work(self) -> list[tuple[str, Callable[[], Any]]]:
        months = report_tables.reported_months()
        last = months[-1]
        return [
            ("register", self._enrol),
            *((f"reports {month:%Y-%m}", partial(self._report, month)) for month in months[:-1]),
            (f"flash {last:%Y-%m}", partial(self._report, last, edition="flash")),
            ("reviewed", self._accept),
            (f"reports {last:%Y-%m}", partial(self._report, last, leave_out=economy.SILENT)),
            (f"reviewed {last:%Y-%m}", self._review_last),
            ("months closed", self._close),
            ("published", self._publish),
            ("targets", self._targets),
            ("letters", self._letters),
            ("targets judged", partial(self._admin.post, "projects", "/v1/target-scans", {})),
            ("settled", self._settle),
            ("lists", self._lists),
            ("fund", self._fund),
            ("innovation", self._innovation),
            ("awards", self._awards),
            ("reports judged", partial(self._admin.post, "projects", "/v1/economy-scans", {})),
        ]

    def _id(self, name: str) -> str:
        return self._enterprises[economy.by_name(name).credit_code]

    async def _post(self, path: str, body: Any = None, *, by: str | None = None) -> Any:
        transport = self._admin if by is None else self._by[by]
        return await transport.post("projects", path, body)

    # The economy: entered by the administrator as one table a month, reviewed by the city.

    async def _enrol(self) -> None:
        body = {"region_code": CITY, "from_month": f"{economy.ENROLLED_FROM:%Y-%m}", "reason": facts.SYNTHETIC}
        await self._post("/v1/economy-enrolments", body)

    async def _report(self, month: date, *, edition: str = "final", leave_out: Sequence[str] = ()) -> None:
        path = f"/v1/economy-report-imports?month={month:%Y-%m}&edition={edition}&submit=true"
        await self._admin.post_table("projects", path, report_tables.table(month, leave_out=leave_out))

    async def _waiting(self) -> list[dict[str, Any]]:
        waiting = {"filter[status][eq]": "submitted", "fields": "id,enterprise_id"}
        return [row async for row in self._admin.pages("projects", "/v1/economy-reports", **waiting)]

    async def _accept(self, *, but: str | None = None) -> None:
        ids = [row["id"] for row in await self._waiting() if row["enterprise_id"] != but]
        for start in range(0, len(ids), _AT_ONCE):
            body = {"report_ids": ids[start : start + _AT_ONCE]}
            await self._post("/v1/economy-report-acceptances", body, by=CITY_LEADER)

    async def _review_last(self) -> None:
        """One is given back to be said again."""
        given_back = self._id(economy.RETURNED)
        await self._accept(but=given_back)
        for row in await self._waiting():
            reason = {"reason": f"用电量与产值口径不一致，请核实{LABEL}"}
            await self._post(f"/v1/economy-reports/{row['id']}/return", reason, by=CITY_LEADER)

    async def _close(self) -> None:
        """What the nightly round would ask for again."""
        for month in report_tables.reported_months()[-3:-1]:
            await self._post("/v1/economy-closed-months", {"month": f"{month:%Y-%m}", "region_code": CITY})

    async def _publish(self) -> None:
        """The text's own words beside our sums."""
        for indicator, amount, growth, basis in (
            ("output_value", facts.CITY_OUTPUT_YUAN, facts.CITY_OUTPUT_GROWTH, "current"),
            ("value_added", facts.CITY_VALUE_ADDED_YUAN, facts.CITY_VALUE_ADDED_GROWTH, "comparable"),
        ):
            body = {
                "region_code": CITY,
                "indicator": indicator,
                "month": f"{economy.CITY_MONTH:%Y-%m}",
                "cumulative_value": str(amount),
                "cumulative_growth_percent": str(growth),
                "price_basis": basis,
                "source": "市文本",
                "published_on": "2025-12-12",
            }
            await self._post("/v1/economy-published-figures", body)

    # Targets.

    async def _targets(self) -> None:
        bodies = [goal.body(self._units, self._persons) for goal in goals.GOALS]
        await self._post("/v1/target-trees", {"targets": bodies})
        await self._post("/v1/target-size-band-adoptions", {"region_code": XINCUN, "year": goals.THIS_YEAR})

    async def _letters(self) -> None:
        """Drawn up and signed by both sides today: nobody signs what was not drawn up yet."""
        for letter in goals.LETTERS:
            body = {
                "region_code": letter.region,
                "year": goals.THIS_YEAR,
                "issuer_unit_id": self._units[letter.issuer],
                "unit_id": self._units[letter.unit],
                "person_id": self._persons[letter.person],
            }
            drawn_up = await self._post("/v1/target-letters", body)
            for side, person in (("issuer", letter.issuer_person), ("responsible", letter.person)):
                signature = {"side": side, "person_id": self._persons[person], "signed_on": _TODAY}
                await self._post(f"/v1/target-letters/{drawn_up['id']}/signatures", signature)

    async def _settle(self) -> None:
        """The year before is settled; who missed says why."""
        await self._post("/v1/target-editions", {"region_code": CITY, "year": goals.LAST_YEAR})
        async for miss in self._admin.pages("projects", "/v1/target-misses"):
            said = {"on": _TODAY, "text": goals.EXPLANATION}
            await self._post(f"/v1/target-misses/{miss['id']}/explanations", said, by=LEADER)

    # Lists, the fund, innovation and honours of the county.

    async def _lists(self) -> None:
        named = [self._enterprises[one.credit_code] for one in support.key_state_enterprises()]
        large = [self._id(name) for name in support.LARGE]
        for body, members in ((support.KEY_LIST, named), (support.LARGE_LIST, large)):
            listed = await self._post("/v1/enterprise-lists", body, by=COUNTY_OFFICER)
            await self._join(f"/v1/enterprise-lists/{listed['id']}/members", members)

    async def _join(self, path: str, members: Sequence[str]) -> None:
        async def one(number: int) -> None:
            await self._post(path, {"enterprise_id": members[number]}, by=COUNTY_OFFICER)

        await together(one, range(len(members)))

    async def _fund(self) -> None:
        policy = await self._post("/v1/support-policies", support.POLICY, by=COUNTY_OFFICER)
        path = f"/v1/support-policies/{policy['id']}"
        await self._post(f"{path}/adoption", by=LEADER)
        budget = {"amount_yuan": str(support.BUDGET_YUAN)}
        await self._by[LEADER].put("projects", f"{path}/budgets/{support.BUDGET_YEAR}", budget)
        for claim in support.CLAIMS:
            await self._claim(claim, policy["id"])
        need = {**support.NEED, "enterprise_id": self._id(support.FIRST_FURNACES)}
        await self._post("/v1/financing-needs", need, by=ENTERPRISE)

    async def _claim(self, claim: support.Claim, policy_id: str) -> None:
        """Applied for by the enterprise with a login, for the others by the supervision group on their paper."""
        is_own = economy.by_name(claim.enterprise).credit_code == ALL[0].credit_code
        applicant = ENTERPRISE if is_own else SUPERVISOR
        body = claim.body(policy_id, self._id(claim.enterprise))
        made = await self._post("/v1/support-applications", body, by=applicant)
        path = f"/v1/support-applications/{made['id']}"
        await self._post(f"{path}/submission", by=applicant)
        if claim.state == "in_review":
            return
        await self._post(f"{path}/step-approvals", {}, by=COUNTY_OFFICER)
        await self._post(f"{path}/step-approvals", {}, by=LEADER)
        if claim.paid_yuan:
            paid = {"amount_yuan": str(claim.paid_yuan), **support.PAYMENT}
            await self._post(f"{path}/payments", paid, by=SUPERVISOR)

    async def _innovation(self) -> None:
        for name, record in support.RECORDS:
            body = {**record, "enterprise_id": self._id(name)}
            made = await self._post("/v1/innovation-records", body, by=COUNTY_OFFICER)
            await self._post(f"/v1/innovation-records/{made['id']}/verification", by=LEADER)

    async def _awards(self) -> None:
        """Nominated, reviewed and shown to the public; the notice runs."""
        opened = await self._post("/v1/honour-rounds", support.ROUND, by=COUNTY_OFFICER)
        path = f"/v1/honour-rounds/{opened['id']}"
        nominated = []
        for number, name in enumerate(support.NOMINEES, start=1):
            body = {"enterprise_id": self._id(name), "nominee_name": f"第{number}位被推荐人{LABEL}"}
            nominated.append(await self._post(f"{path}/nominations", body, by=COUNTY_OFFICER))
        await self._post(f"{path}/review", by=COUNTY_OFFICER)
        shown = [one["id"] for one in nominated[: support.ROUND["places"]]]
        await self._post(f"{path}/notice", {"nomination_ids": shown}, by=LEADER)
