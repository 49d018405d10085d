"""What exists when the requests of the OpenAPI document are sent: one of each, not yet closed."""

from __future__ import annotations

from dataclasses import dataclass, field
from datetime import timedelta
from typing import TYPE_CHECKING, Any

from tests.integration.projects.conftest import PASSWORD, REGIONS, TODAY
from tests.support import files

if TYPE_CHECKING:
    from collections.abc import Callable

    import httpx

    from libs.common.clock import ManualClock

COUNTY, TOWN, CREDIT_CODE, DAY = "421224", "421224101", "91350100M000100Y43", str(TODAY)
REASON = {"reason": "x"}
SLIP = {"on": DAY, "amount_yuan": 2_000_000, "source": "own", "payer": "x"}


@dataclass
class World:
    """``names`` by the collection and the parameter of a path; ``references`` by the field of a body.

    ``run_imports`` carries out the imports that wait; ``mark`` begins the codes of a second county, or of what
    is ``beside``: in a county that has its targets and contests.
    """

    http: httpx.Client
    clock: ManualClock
    names: dict[tuple[str, str], list[str]] = field(default_factory=dict)
    references: dict[str, Any] = field(default_factory=dict)
    run_imports: Callable[[], None] = lambda: None
    county: str = COUNTY
    town: str = TOWN
    credit_code: str = CREDIT_CODE
    mark: str = ""
    beside: bool = False

    def made(self, method: str, path: str, body: Any = None, **more: Any) -> dict[str, Any]:
        answer = self.http.request(method, path, **({"json": body} if body is not None else {}), **more)
        assert answer.is_success, answer.text
        found: dict[str, Any] = answer.json()
        return found

    def fill(self) -> World:
        for code, name in REGIONS.items():
            self.made("PUT", f"/v1/regions/{code}", {"name": name})
        self.names["regions", "code"] = list(REGIONS)
        self._registry()
        self._projects()
        self._facts()
        self._approvals()
        self._duties()
        self._instructions()
        self._parks()
        self._environment()
        self._promotion()
        self._others()
        self._cadences()
        self._economy()
        if not self.beside:
            self._targets()
            self._contests()
        self._exchange()
        return self

    def _known(self, collection: str, parameter: str, key: str) -> str:
        """A thing that a path names so and a body refers to so, as ``project_id``."""
        self.names.setdefault((collection, parameter), []).append(key)
        self.references[parameter] = key
        return key

    def _registry(self) -> None:
        unit = self.made("PUT", f"/v1/units/{self.mark}U-1", {"name": "unit", "region_code": self.county})[
            "unit_id"
        ]
        person = {"name": "leader", "unit_id": unit, "region_code": self.county, "post": "leader"}
        key = self.made("PUT", f"/v1/persons/{self.mark}L-1", person)["person_id"]
        enterprise = {"name": "plant", "region_code": self.town, "sector_code": "3140"}
        works = self.made("PUT", f"/v1/enterprises/{self.credit_code}", enterprise)["enterprise_id"]
        self.names["units", "code"], self.names["persons", "code"] = [f"{self.mark}U-1"], [f"{self.mark}L-1"]
        self.names["enterprises", "credit_code"] = [self.credit_code]
        for name in ("unit_id", "owner_unit_id", "lead_unit_id", "responsible_unit_id"):
            self.references[name] = unit
        for name in ("person_id", "owner_person_id", "approver_person_id", "to_person_id"):
            self.references[name] = key
        self.references |= {"enterprise_id": works, "region_code": self.town, "park_code": f"{self.mark}PK"}

    def _projects(self) -> None:
        for code in (f"{self.mark}P-1", f"{self.mark}P-2"):
            body = {"code": code, "name": f"project {code}", "kind": "new_build", "region_code": self.town}
            self._known("projects", "project_id", self.made("POST", "/v1/projects", body)["id"])
        signed = {
            "stage": "signed",
            "on": DAY,
            "contract_amount_yuan": 140_000_000,
            "investor": "investor (demo)",
            "channel": "return_home",
            "planned_start_on": DAY,
        }
        self.made("POST", f"{self._project}/stage-changes", signed)

    @property
    def _project(self) -> str:
        return f"/v1/projects/{self.references['project_id']}"

    def _facts(self) -> None:
        project = self._project
        parties = [{"name": "county", "role": "government"}, {"name": "x", "role": "investor"}]
        contract = {"number": "7", "parties": parties, "amount_yuan": 140_000_000}
        self.made("PUT", f"{project}/contract", contract)
        act = self.made("POST", f"{project}/contract/acts", {"kind": "start", "due_on": "2026-09-30"})
        self._known("acts", "act_id", act["id"])
        stone = self.made("POST", f"{project}/milestones", {"title": "line", "planned_on": "2026-11-30"})
        self._known("milestones", "milestone_id", stone["id"])
        for evidence in ("a", "b"):
            arrival = self.made("POST", f"{project}/funds-arrivals", SLIP | {"evidence": evidence})
            self._known("funds-arrivals", "arrival_id", arrival["id"])
        curve = {"points": [{"month": "2026-12-01", "percent": 100}]}
        self.made("PUT", f"{project}/plan-curve", curve)
        self.made("PUT", f"{project}/annual-plans/2026", {"amount_yuan": 60_000_000})
        self.names |= {
            ("annual-plans", "year"): ["2026"],
            ("formalities", "formality"): ["eia", "land"],
            ("states", "date"): [DAY],
            ("rates", "rate"): ["start", "funds_in_place"],
        }
        asked = {"owner_type": "project", "owner_id": self.references["project_id"], "name": "a.pdf"}
        headers = {"Content-Type": "application/pdf"}
        params = asked | {"category": "permit"}
        document = self.made("POST", "/v1/documents", content=files.PDF, params=params, headers=headers)
        self._known("documents", "document_id", document["id"])

    def _approvals(self) -> None:
        """A matter with a case; a review with an expert; an override."""
        matter = {
            "code": f"{self.mark.lower()}filing",
            "name": "filing",
            "authority_level": "county",
            "statutory_days": 20,
            "promised_days": 5,
            "unit_id": self.references["unit_id"],
            "valid_from": "2000-01-01",
            "documents": [{"code": "form", "name": "form"}],
        }
        self.made("PUT", "/v1/approval-matters", matter)
        of = {"project_id": self.references["project_id"]}
        person = {"owner_person_id": self.references["person_id"]}
        case = self.made(
            "POST", "/v1/approval-cases", {"matter_code": f"{self.mark.lower()}filing", **of, **person}
        )
        self.names["approval-cases", "case_id"] = [case["id"]]
        self.names["documents", "code"] = ["form"]
        rule = {"review": "eia", "region_code": self.county}
        self.made("PUT", "/v1/gate-rules", rule | {"code": "eia", "points": ["start"]})
        signed = {**of, **REASON, "point": "start", "make_good_by": "2026-09-30"}
        approver = {"approver_person_id": self.references["person_id"]}
        self._known(
            "gate-overrides", "override_id", self.made("POST", "/v1/gate-overrides", signed | approver)["id"]
        )
        review = self.made("POST", "/v1/gate-reviews", {**of, "review": "energy"})
        self._known("gate-reviews", "review_id", review["id"])
        expert = {"name": "A", "organisation": "B", "expertise": "C", "has_conflict": False}
        panel = self.made("POST", f"/v1/gate-reviews/{review['id']}/experts", expert)["experts"]
        self._known("experts", "expert_id", panel[0]["id"])

    def _duties(self) -> None:
        of = {"project_id": self.references["project_id"]}
        since = {"on": DAY, **REASON}
        self.made("POST", f"{self._project}/key-designations", {"level": "county", **REASON})
        members = [{"person_id": self.references["person_id"], "role": "head"}]
        body = {"name": "force", "members": members, **since}
        force = self.made("POST", f"{self._project}/task-forces", body)
        self._known("task-forces", "task_force_id", force["id"])
        self._known("members", "member_id", force["members"][0]["id"])
        owner = {"owner_unit_id": self.references["unit_id"], "working_days": 5}
        problem = {"title": "land", "description": "x", "category": "land", **owner}
        made = self.made("POST", f"{self._project}/problems", problem)
        self._known("problems", "problem_id", made["id"])
        body = {"kind": "on_site", "title": "x", "region_code": self.county, "planned_on": DAY}
        for _ in range(2):
            meeting = self.made("POST", "/v1/meetings", body | {"items": [{"topic": "land", **of}]})
            self._known("meetings", "meeting_id", meeting["id"])
        path = f"/v1/meetings/{meeting['id']}"
        self.made("POST", f"{path}/holding", {"on": DAY})
        self.references["minutes_id"] = self.made("POST", f"{path}/minutes", {"text": "agreed"})["id"]
        actions = [{"title": "papers", **owner}]
        decision = self.made("POST", f"{path}/decisions", {"text": "land", "actions": actions})
        self._known("action-items", "action_item_id", decision["action_item_ids"][0])
        visit = {"enterprise_id": self.references["enterprise_id"], "purpose": "x", "planned_on": DAY}
        self._known("supervision-visits", "visit_id", self.made("POST", "/v1/supervision-visits", visit)["id"])

    def _instructions(self) -> None:
        """An instruction of the administrator's own, so that all its steps are reached."""
        subject = {"type": "project", "id": self.references["project_id"]}
        body = {"subject": subject, "text": "x", "lead_unit_id": self.references["unit_id"], "working_days": 5}
        matter = self.made("POST", "/v1/instructions", body)
        self._known("instructions", "instruction_id", matter["id"])
        asked = {"until": "2026-09-28", **REASON}
        path = f"/v1/instructions/{matter['id']}/extension-requests"
        self._known("extension-requests", "extension_id", self.made("POST", path, asked)["id"])

    def _parks(self) -> None:
        self.made("PUT", f"/v1/parks/{self.mark}PK", {"name": "park", "region_code": self.town, "level": "county"})
        parcel = {
            "kind": "parcel",
            "number": "A-1",
            "name": "parcel",
            "park_code": f"{self.mark}PK",
            "area_mu": "32.5",
        }
        site = self.made("POST", "/v1/sites", parcel | {"land_use": "industrial"})["id"]
        comes = {
            "park_code": f"{self.mark}PK",
            "enterprise_id": self.references["enterprise_id"],
            "from_on": "2026-03-01",
        }
        tenant = self.made("POST", "/v1/tenants", comes | {"sites": [{"site_id": site}]})["id"]
        self._known("sites", "site_id", site)
        self._known("tenants", "tenant_id", tenant)
        figures = {"output_yuan": "3200000", "tax_yuan": "96000", "jobs": 42}
        self.made("PUT", f"/v1/tenants/{tenant}/figures/2026-08", figures)
        self.names |= {
            ("parks", "code"): [f"{self.mark}PK"],
            ("figures", "month"): ["2026-08", "2026-09"],
            ("infrastructure", "item"): ["roads", "power"],
        }

    def _environment(self) -> None:
        works, unit = self.references["enterprise_id"], self.references["unit_id"]
        people = [{"name": f"inspector {n}", "certificate_no": str(n)} for n in range(2)]
        filing = {
            "enterprise_id": works,
            "kind": "special",
            "subject": "dust",
            "basis": "article 65",
            "planned_from": "2026-09-17",
            "planned_to": "2026-09-17",
            "parties": [{"unit_id": unit, "inspectors": people}],
        }
        inspection = self.made("POST", "/v1/inspections", filing)
        self._known("inspections", "inspection_id", inspection["id"])
        came = {"enterprise_id": works, "unit_id": unit, "came_on": "2026-09-14", "description": "x"}
        self._known("unfiled-inspections", "report_id", self.made("POST", "/v1/unfiled-inspections", came)["id"])
        appeal = {"kind": "request", "category": "land", "title": "plot", "content": "no plot"}
        lodged = self.made("POST", "/v1/appeals", appeal | {"region_code": self.county})
        self._known("appeals", "appeal_id", lodged["appeal"]["id"])
        self.names["by-code", "code"] = [lodged["tracking_code"]]
        self.references["code"] = lodged["tracking_code"]
        item = {"matter": "licence", "unit_id": unit, "promised_days": 3}
        items = [item | {"key": "a"}, item | {"key": "b", "depends_on": ["a"]}]
        case = {"title": "opening", "enterprise_id": works, "items": items}
        self.names["agency-cases", "case_id"] = [self.made("POST", "/v1/agency-cases", case)["id"]]
        self.names["items", "key"] = ["a", "b"]
        # Days long gone, so that inspections and visits are still let in.
        quiet = {"name": "quiet", "kind": "quiet_days", "region_code": self.county, "also_on": ["2026-01-05"]}
        self.made("PUT", f"/v1/visit-rules/{self.mark}QD", quiet)
        self.names["visit-rules", "code"] = [f"{self.mark}QD"]

    def _promotion(self) -> None:
        """Two investors tied by a referral, a lead and a reward; another than the recorder verified the funds."""
        kind = {"kind": "person", "region_code": self.county, "origin_region_code": "330000"}
        for name in ("first", "second"):
            self._known(
                "investors", "investor_id", self.made("POST", "/v1/investors", kind | {"name": name})["id"]
            )
        by, of = self.names["investors", "investor_id"]
        self.names["ties", "other_id"] = [of, by]
        referral = self.made("POST", "/v1/referrals", {"introducer_id": by, "introduced_id": of})
        self._known("referrals", "referral_id", referral["id"])
        leads = {"region_code": self.town, "channel": "merchant", "contacted_on": "2026-08-01", "investor_id": of}
        for code in (f"{self.mark}L-1", f"{self.mark}L-2"):
            lead = self.made("POST", "/v1/leads", leads | {"code": code, "name": code})["id"]
            self._known("leads", "lead_id", lead)
        shares = [{"investor_id": by, "basis_points": 10_000}]
        self.made("PUT", f"/v1/leads/{lead}/introducers", {"introducers": shares})
        for stage in ("negotiating", "intent_signed"):
            self.made("POST", f"/v1/leads/{lead}/stage-changes", {"stage": stage, "on": "2026-08-03"})
        conversion = {"code": f"{self.mark}P-3", "kind": "new_build", "on": DAY, "planned_start_on": "2026-12-01"}
        converted = self.made("POST", f"/v1/leads/{lead}/conversion", conversion)
        project = f"/v1/projects/{converted['project_id']}"
        signing = {"stage": "signed", "on": DAY, "contract_amount_yuan": 2_000_000}
        self.made("POST", f"{project}/stage-changes", signing)
        arrival = self.made("POST", f"{project}/funds-arrivals", SLIP | {"evidence": "c"})
        other = {"Authorization": f"Bearer {self._signed_in(f'{self.mark.lower()}life', 'supervisor')}"}
        path = f"{project}/funds-arrivals/{arrival['id']}/verification"
        self.made("POST", path, {}, headers=other)
        rule = {"bands": [{"from_yuan": "0", "per_mille": "1"}], "valid_from": "2026-01-01"}
        self.made("PUT", "/v1/reward-rules", rule)
        (award,) = self.made("POST", "/v1/promotion-award-computations", {}, headers=other)["items"]
        self._known("promotion-awards", "award_id", award["id"])

    def _signed_in(self, username: str, role: str) -> str:
        account = {"username": username, "password": PASSWORD, "role": role, "region_code": self.county}
        self.made("POST", "/v1/accounts", account)
        signed = self.made("POST", "/v1/tokens", {"username": username, "password": PASSWORD})
        return str(signed["access_token"])

    def _cadences(self) -> None:
        """A week's report of the projects, once the week is over."""
        level = {"code": "week", "name": "week", "period": "week", "due_days": 3, "requires": []}
        regime = {
            "code": f"{self.mark.lower()}own",
            "name": "rhythm",
            "region_code": self.county,
            "levels": [level],
        }
        self.made("PUT", "/v1/cadence-regimes", regime)
        self.clock.advance(timedelta(days=6))
        self.made("POST", "/v1/check-scans")
        for check in self.made("GET", "/v1/checks")["items"]:
            self._known("checks", "check_id", check["id"])

    def _economy(self) -> None:
        """A draft, one that waits for review, and those that are owed."""
        standing = {"region_code": self.town, "sector_code": "3140", "valid_from": "2025-01-01", **REASON}
        self.made("PUT", f"/v1/economy-standings/{self.credit_code}", standing)
        self.names["economy-standings", "credit_code"] = [self.credit_code]
        self.names["economy-indicators", "code"] = ["output_value"]
        required = ("output_value", "value_added", "sales", "profit", "tax", "power_kwh")
        lines = {code: {"month_value": 100} for code in required}
        for month in ("2026-07", "2026-08"):
            path = f"/v1/economy-reports/{self.credit_code}/{month}/final"
            self._known("economy-reports", "report_id", self.made("PUT", path, {"lines": lines})["id"])
        self.made("POST", f"/v1/economy-reports/{self.names['economy-reports', 'report_id'][0]}/submit", {})
        self.names["economy-reports", "credit_code"] = [self.credit_code]
        self.references |= {"indicator": "output_value"}

    def _targets(self) -> None:
        """One by the ledger and one that is typed, a letter in draft, a quarter assessed."""
        unit, person = self.references["unit_id"], self.references["person_id"]
        usual = {"region_code": self.town, "first_year": 2026, "last_year": 2026, "amount": "100"}
        answered = {"responsible_unit_id": unit, "responsible_person_id": person}
        for indicator in ("projects_signed", "jobs_created"):
            body = {"code": f"{self.mark}T-{indicator}", "indicator_code": indicator, **usual, **answered}
            target = self.made("POST", "/v1/targets", body)
            self._known("targets", "target_id", target["id"])
        self.names["target-trees", "target_id"] = self.names["targets", "target_id"]
        figure = {"month": "2026-03", "value": "7", "evidence": "x"}
        typed = self.made("POST", f"/v1/targets/{target['id']}/actuals", figure)
        self._known("target-actuals", "actual_id", typed["id"])
        party = {"region_code": self.county, "year": 2026, "issuer_unit_id": unit, "unit_id": unit}
        letter = self.made("POST", "/v1/target-letters", party | {"person_id": person})
        self._known("target-letters", "letter_id", letter["id"])
        edition = self.made(
            "POST", "/v1/target-editions", {"region_code": self.county, "year": 2026, "quarter": 2}
        )
        self._known("target-editions", "edition_id", edition["id"])
        self.names["target-indicators", "code"] = ["projects_signed", "own"]
        self.names["target-clusters", "code"] = ["STONE"]

    def _contests(self) -> None:
        """A township's contest, whose second quarter is frozen and appealed against."""
        body = {
            "code": f"{self.mark}C-1",
            "name": "contest",
            "kind": "township",
            "region_code": self.county,
            "year": 2026,
        }
        contest = self._known("contests", "contest_id", self.made("POST", "/v1/contests", body)["id"])
        started = {
            "code": "started",
            "name_zh": "开工",
            "name_en": "started",
            "source": "ledger",
            "measure": "started",
        }
        weights = {"from_quarter": 1, "components": [started | {"weight": "100"}]}
        self.made("POST", f"/v1/contests/{contest}/schemes", weights)
        towns = {"items": [{"region_code": self.town, "from_on": "2026-01-01"}]}
        entered = self.made("POST", f"/v1/contests/{contest}/participants", towns)
        participant = self._known("participants", "participant_id", entered["items"][0]["id"])
        self.names["contest-participants", "participant_id"] = [participant]
        given = {"participant_id": participant, "quarter": 2, "kind": "bonus", "points": "1", **REASON}
        bonus = self.made("POST", f"/v1/contests/{contest}/adjustments", given | {"evidence": "x"})
        self._known("contest-adjustments", "adjustment_id", bonus["id"])
        standing = self.made("POST", f"/v1/contests/{contest}/standings", {"quarter": 2})
        self._known("contest-standings", "standing_id", standing["id"])
        claim = {"participant_id": participant, "grounds": "x", "evidence": "x"}
        appeal = self.made("POST", f"/v1/contest-standings/{standing['id']}/appeals", claim)
        self._known("contest-appeals", "appeal_id", appeal["id"])

    def _others(self) -> None:
        key = {"name": "feed", "role": "feed", "region_code": self.county}
        self._known("api-keys", "key_id", self.made("POST", "/v1/api-keys", key)["id"])
        self.made("PUT", "/v1/calendar-days/2026-10-10", {"working": True})
        self.names["calendar-days", "on"] = ["2026-10-10"]
        saved = {"name": f"{self.mark}x", "entity": "projects", "query": "filter[stage][eq]=signed"}
        self._known("saved-filters", "filter_id", self.made("POST", "/v1/saved-filters", saved)["id"])
        hook = {"name": "x", "url": "https://127.0.0.1:9/duban", "region_code": self.county}
        made = self.made("POST", "/v1/webhook-subscriptions", hook)
        self._known("webhook-subscriptions", "subscription_id", made["id"])

    def _exchange(self) -> None:
        """Imports that were checked, refused with faults, and wait; an edit that was looked at."""
        head = "项目代码,项目名称,项目类型,行政区划代码"
        for rows in (f"{self.mark}I-1,x,新建,{self.town}", f"{self.mark}I-2,x,没有的类型,{self.town}"):
            self._import(f"{head}\n{rows}\n", "dry_run")
        self.run_imports()
        self._import(f"{head}\n{self.mark}I-3,x,新建,{self.town}\n", "apply")
        selection = {"ids": [self.references["project_id"]]}
        edit = {"selection": selection, "changes": {"facts": {"summary": "x"}}, **REASON}
        shown = self.made("POST", "/v1/bulk-edits", edit | {"mode": "preview"})
        self.references |= {"selection": selection, "preview_id": shown["preview_id"]}

    def _import(self, text: str, mode: str) -> None:
        params = {"entity": "projects", "mode": mode}
        made = self.made("POST", "/v1/imports", content=text.encode(), params=params)
        self._known("imports", "import_id", made["id"])
