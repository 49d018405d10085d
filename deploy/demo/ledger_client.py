"""The ledger's facts and duties as requests of the projects service: the one place that knows their fields."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import date
from typing import Any

from deploy.demo.dataset import duties, ledger_facts, regimes
from deploy.demo.dataset.duties import ApprovalCase, Problem
from deploy.demo.dataset.ledger_facts import Arrival, BandTarget, Contract
from deploy.demo.dataset.records import LABEL, Project
from deploy.demo.dataset.regimes import GateReview
from deploy.demo.dataset.registry import COUNTY
from deploy.demo.transport import ApiError, Transport

Json = dict[str, Any]

# How the ledger refuses what stands in it already.
_DONE = frozenset(
    {
        "approval.duplicate_code",
        "duty.step_refused",
        "leadership.same_person",
        "leadership.task_force_exists",
        "minutes.govern_already",
        "project.funds_decided",
        "project.funds_duplicate",
        "project.key_unchanged",
    }
)


class LedgerClient:
    """One login's requests. What was entered before, by a loading that was cut short, stays as it is."""

    def __init__(self, transport: Transport) -> None:
        self._http = transport

    # Money, terms, plans and targets.

    async def record(self, project_id: str, arrival: Arrival) -> str | None:
        """Id of the arrival; None where the slip is in the ledger already."""
        body = {
            "on": arrival.on.isoformat(),
            "amount_yuan": arrival.amount_yuan,
            "source": "domestic",
            "payer": arrival.payer,
            "evidence": arrival.slip,
        }
        made = await self._post(f"/v1/projects/{project_id}/funds-arrivals", body)
        return None if made is None else str(made["id"])

    async def waiting(self, project_id: str) -> list[str]:
        """Ids of arrivals that nobody has verified yet."""
        pages = self._http.pages("projects", f"/v1/projects/{project_id}/funds-arrivals")
        return [str(row["id"]) async for row in pages if row["state"] == "recorded"]

    async def verify(self, project_id: str, arrival_id: str) -> None:
        await self._post(f"/v1/projects/{project_id}/funds-arrivals/{arrival_id}/verification", {})

    async def put_contract(self, project_id: str, contract: Contract, project: Project) -> None:
        """The contract with its terms; the registration is done, the rest the ledger knows by itself."""
        base = f"/v1/projects/{project_id}/contract"
        parties = [
            {"name": f"通山县人民政府{LABEL}", "role": "government"},
            {"name": project.investor, "role": "investor"},
        ]
        body = {
            "number": f"通招合 {project.code[-3:]} 号{LABEL}",
            "parties": parties,
            "amount_yuan": project.total_investment_yuan,
        }
        await self._put(base, body)
        registered = await self._post(
            f"{base}/acts", {"kind": "registration", "due_on": contract.registered_by.isoformat()}
        )
        if registered is not None:
            done = {"done_on": contract.registered_on.isoformat(), "evidence": f"营业执照{LABEL}"}
            await self._post(f"{base}/acts/{registered['id']}/completion", done)
        funds = {"kind": "funds", "title": f"首期资金{LABEL}", "due_on": contract.funds_by.isoformat()}
        await self._post(f"{base}/acts", {**funds, "amount_yuan": contract.funds_yuan})

    async def put_curve(self, project_id: str, points: Sequence[tuple[date, int]]) -> None:
        told = [{"month": month.isoformat(), "percent": str(percent)} for month, percent in points]
        await self._put(f"/v1/projects/{project_id}/plan-curve", {"points": told})

    async def put_target(self, target: BandTarget) -> None:
        body = {
            "region_code": ledger_facts.TARGET_REGION,
            "band_code": target.band_code,
            "period_from": ledger_facts.TARGET_FROM.isoformat(),
            "period_to": ledger_facts.TARGET_TO.isoformat(),
            "projects": target.projects,
            "source": ledger_facts.TARGET_SOURCE,
        }
        await self._put("/v1/size-band-targets", body)

    # Who leads.

    async def make_key(self, project_id: str) -> None:
        level = {"level": duties.LEVEL, "reason": duties.KEY_LIST}
        await self._post(f"/v1/projects/{project_id}/key-designations", level)

    async def assign(self, project_id: str, person_id: str, on: date, reason: str) -> None:
        body = {"person_id": person_id, "on": on.isoformat(), "reason": reason}
        await self._post(f"/v1/projects/{project_id}/lead-officials", body)

    async def form_task_force(self, project: Project, project_id: str, head_id: str) -> None:
        body = {
            "name": f"{project.name.removesuffix(LABEL)}工作专班{LABEL}",
            "on": duties.LED_FROM.isoformat(),
            "reason": duties.PLAN,
            "members": [{"person_id": head_id, "role": "head"}],
        }
        await self._post(f"/v1/projects/{project_id}/task-forces", body)

    async def govern(self, project_id: str, minutes_id: str, on: date) -> None:
        body = {"minutes_id": minutes_id, "on": on.isoformat(), "reason": f"一份会议纪要管总{LABEL}"}
        await self._post(f"/v1/projects/{project_id}/governing-minutes", body)

    # Meetings, problems, instructions and approvals.

    async def hold_meeting(
        self, kind: str, title: str, region_code: str, on: date, items: Sequence[Json], text: str
    ) -> tuple[str, str]:
        """Ids of a meeting that was held, and of its minutes."""
        body = {
            "kind": kind,
            "title": title,
            "region_code": region_code,
            "planned_on": on.isoformat(),
            "items": list(items),
        }
        path = "/v1/meetings"
        meeting = await self._http.post("projects", path, body)
        await self._post(f"{path}/{meeting['id']}/holding", {"on": on.isoformat()})
        minutes = await self._http.post("projects", f"{path}/{meeting['id']}/minutes", {"text": text})
        return str(meeting["id"]), str(minutes["id"])

    async def decide(self, meeting_id: str, text: str, action: Json) -> None:
        await self._post(f"/v1/meetings/{meeting_id}/decisions", {"text": text, "actions": [action]})

    async def raise_problem(self, project_id: str, problem: Problem, unit_id: str) -> str:
        body = {
            "title": problem.title,
            "description": problem.description,
            "category": problem.category,
            "raised_on": problem.raised_on.isoformat(),
            "working_days": problem.working_days,
            "owner_unit_id": unit_id,
        }
        made = await self._http.post("projects", f"/v1/projects/{project_id}/problems", body)
        return str(made["id"])

    async def resolve(self, problem_id: str) -> None:
        await self._post(f"/v1/problems/{problem_id}/resolution", {"resolution": f"已落实{LABEL}"})

    async def close(self, problem_id: str) -> None:
        await self._post(f"/v1/problems/{problem_id}/closing", {"note": f"现场核实，予以销号{LABEL}"})

    async def instruct(self, project_id: str, unit_id: str) -> None:
        body = {
            "subject": {"type": "project", "id": project_id},
            "text": duties.INSTRUCTION,
            "lead_unit_id": unit_id,
            "working_days": duties.INSTRUCTION_DAYS,
        }
        await self._post("/v1/instructions", body)

    async def put_matter(self, unit_id: str) -> None:
        await self._put("/v1/approval-matters", {**duties.MATTER, "unit_id": unit_id})

    async def apply(self, case: ApprovalCase, project_id: str, owner_id: str) -> None:
        """A case with all that happened to it. Nothing happens where its code is known."""
        body = {
            "code": case.code,
            "matter_code": duties.MATTER["code"],
            "project_id": project_id,
            "applied_on": case.accepted_on.isoformat(),
            "owner_person_id": owner_id,
        }
        made = await self._post("/v1/approval-cases", body)
        if made is None:
            return
        path = f"/v1/approval-cases/{made['id']}"
        await self._post(f"{path}/acceptance", {"on": case.accepted_on.isoformat()})
        if case.paused_on is not None:
            stop = {"ground": "expert_review", "from_on": case.paused_on.isoformat(), "notice": f"告知书{LABEL}"}
            await self._post(f"{path}/pauses", stop)
        if case.decided_on is not None:
            granted = {"outcome": "granted", "on": case.decided_on.isoformat(), "document": f"核准文件{LABEL}"}
            await self._post(f"{path}/decision", granted)

    async def adopt(self, what: str, template: str) -> None:
        """Put a template of ``gate-rules`` or ``cadence-regimes`` in force in the county."""
        body = {"template": template, "region_code": COUNTY, "valid_from": regimes.ADOPTED_FROM.isoformat()}
        await self._post(f"/v1/{what}/adoption", body)

    async def review(self, review: GateReview, project_id: str) -> None:
        """A review with its panel, and what the panel and the office said if they have."""
        body = {"project_id": project_id, "review": review.review, "opened_on": review.opened_on.isoformat()}
        path = f"/v1/gate-reviews/{(await self._http.post('projects', '/v1/gate-reviews', body))['id']}"
        panel: list[Json] = []
        for name, organisation, expertise in regimes.EXPERTS:
            expert = {"name": name, "organisation": organisation, "expertise": expertise, "has_conflict": False}
            panel = (await self._http.post("projects", f"{path}/experts", expert))["experts"]
        if review.issued_on is None:
            return
        opinion = {"opinion": "agree", "text": f"同意{LABEL}", "on": review.issued_on.isoformat()}
        for one in panel:
            await self._put(f"{path}/experts/{one['id']}/opinion", opinion)
        verdict = {
            "verdict": "pass",
            "issued_on": review.issued_on.isoformat(),
            "document_no": review.document_no,
        }
        await self._post(f"{path}/conclusion", verdict)

    async def scan(self) -> None:
        """Let the scans of the duties run now, so that what is overdue already is known at once."""
        for what in ("problem", "action-item", "instruction", "approval", "gate"):
            await self._http.post("projects", f"/v1/{what}-scans", {})

    async def _post(self, path: str, body: Json) -> Json | None:
        """The answer; None where that stands already."""
        try:
            answer: Json | None = await self._http.post("projects", path, body)
        except ApiError as error:
            if error.code not in _DONE:
                raise
            return None
        return answer

    async def _put(self, path: str, body: Json) -> None:
        await self._http.put("projects", path, body)
