"""What OC4IDS tells beside the project itself: its contract, its documents, its money, its kin.

The contract between the place and the investor is the project's one contracting process. Transactions are funds
that arrived and were verified; completed investment is work done and no payment, it stands among the metrics.
A document has a type where its category is one of the standard's open codelist; the rest have none, for a wrong
type is worse than no type. A related project is told by what it is to the common assets: 二期 is their expansion,
技改 their rehabilitation, anything else their construction.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, datetime
from typing import Any
from uuid import UUID

from libs.common.contracts.projects import Stage
from services.projects.documents.domain.kinds import Category
from services.projects.exchange.domain.oc4ids_values import (
    Party,
    dated,
    kept,
    midnight,
    money,
    period,
    reference,
)
from services.projects.ledger.domain.acts import Act, ActKind
from services.projects.ledger.domain.formalities import Paper
from services.projects.ledger.domain.funds import ArrivalState, FundsArrival
from services.projects.ledger.domain.project import Project
from services.projects.ledger.domain.stages import PATHS, ProjectKind, due_milestone

# Codes of documentType.csv.
_DOCUMENT_TYPE = {
    Category.CONTRACT: "contractSigned",
    Category.MINUTES: "minutes",
    Category.PHOTO: "illustration",
}
IMPACT = "environmentalImpact"
# Codes of milestoneType.csv.
_ACT_TYPE = {ActKind.FUNDS: "financing", ActKind.REGISTRATION: "approval"}
# What a project is to the assets it works on: codes of projectType.csv, and so far of relatedProject.csv.
TYPE = {
    ProjectKind.NEW_BUILD: "construction",
    ProjectKind.TECHNICAL_RENOVATION: "rehabilitation",
    ProjectKind.LATER_PHASE: "expansion",
    ProjectKind.GRID_WORKS: "construction",
    ProjectKind.INFRASTRUCTURE: "construction",
    ProjectKind.TOURISM: "construction",
}


@dataclass(frozen=True, slots=True)
class Document:
    """A file of the project, or of its assessment of environmental impact (``is_impact``); read at ``url``."""

    id: UUID
    title: str
    notes: str
    category: Category
    media_type: str
    published_at: datetime
    url: str
    is_impact: bool = False


@dataclass(frozen=True, slots=True)
class Contract:
    """The contract's number, "" when none was recorded, and its terms."""

    number: str = ""
    acts: Sequence[Act] = ()


@dataclass(frozen=True, slots=True)
class Kin:
    """The project this is a phase or part of (``is_parent``), or one of its own."""

    code: str
    name: str
    kind: ProjectKind
    is_parent: bool


def told_documents(documents: Sequence[Document]) -> list[dict[str, Any]]:
    return [
        kept(
            {
                "id": str(one.id),
                "documentType": IMPACT if one.is_impact else _DOCUMENT_TYPE.get(one.category),
                "title": one.title,
                "description": one.notes,
                "url": one.url,
                "datePublished": one.published_at.isoformat(),
                "format": one.media_type,
                "language": "zh",
                "accessDetails": "登录后可查阅 (sign in to read)",
            }
        )
        for one in documents
    ]


def told_kin(kin: Sequence[Kin], prefix: str) -> list[dict[str, Any]]:
    return [
        {
            "id": f"{'parent' if one.is_parent else 'phase'}-{one.code}",
            "scheme": "oc4ids",
            "identifier": f"{prefix}-{one.code}",
            "relationship": TYPE[one.kind],
            "title": one.name,
        }
        for one in kin
    ]


def payer_of(project: Project, arrival: FundsArrival) -> Party:
    """Who paid: the investor, or somebody else by the name on the slip."""
    if arrival.payer == project.investor:
        return Party(f"investor-{project.code}", arrival.payer)
    return Party(f"payer-{arrival.payer}", arrival.payer)


def verified(arrivals: Sequence[FundsArrival]) -> list[FundsArrival]:
    """What counts as paid, oldest first."""
    counted = (one for one in arrivals if one.state is ArrivalState.VERIFIED)
    return sorted(counted, key=lambda one: (one.on, one.id))


def told_transactions(
    project: Project, arrivals: Sequence[FundsArrival], payee: Party | None
) -> list[dict[str, Any]]:
    return [
        kept(
            {
                "id": str(one.id),
                "date": midnight(one.on),
                "value": money(one.amount_yuan),
                "payer": reference(payer_of(project, one)),
                "payee": reference(payee),
            }
        )
        for one in verified(arrivals)
    ]


def told_papers(papers: Sequence[Paper], today: date) -> list[dict[str, Any]]:
    """Formalities before the start, and milestones of the project's own."""
    return [
        dated(
            kept(
                {
                    "id": str(one.id) if one.formality is None else f"formality-{one.formality.value}",
                    "title": one.title or (one.formality and one.formality.value),
                    "description": one.number,
                    "type": "delivery" if one.formality is None else "approval",
                }
            ),
            one.planned_on,
            one.actual_on,
            today,
        )
        for one in papers
    ]


def told_contract(project: Project, contract: Contract, documents: Sequence[Document], today: date) -> Any:
    """The contracting process of a project that was signed; none before."""
    if project.signed_on is None:
        return []
    is_ended = project.stage in {Stage.TERMINATED, PATHS[project.kind][-1]}
    amount, due = project.contract_amount_yuan, project.planned(due_milestone(project.kind)).original_on
    summary = {
        "externalReference": contract.number,
        "title": f"{project.name} 投资合同",
        "status": "closed" if is_ended else "active",
        "contractValue": None if amount is None else money(amount),
        "contractPeriod": period(project.signed_on, due),
        "documents": told_documents([one for one in documents if one.category is Category.CONTRACT]),
        "milestones": [_told_act(act, today) for act in contract.acts],
    }
    return [{"id": f"contract-{project.code}", "summary": kept(summary)}]


def _told_act(act: Act, today: date) -> dict[str, Any]:
    facts = {
        "id": str(act.id),
        "title": act.title or act.kind.value,
        "type": _ACT_TYPE.get(act.kind, "delivery"),
        "value": None if act.amount_yuan is None else money(act.amount_yuan),
    }
    return dated(kept(facts), act.due_on, act.done_on, today)
