"""A project in OC4IDS 0.9, the Open Contracting for Infrastructure Data Standard: what the ledger knows.

Stages read as statuses: 策划 identification, 签约 preparation, 开工 implementation, 竣工 completion, 投产 and 达产
and 开放 maintenance (the asset is in use), 终止 cancelled; a suspended project keeps the status it stopped at.
Facts that are unknown are left out: the standard knows no null. Money is CNY, days are the local day's midnight.

Fields and codelists are those of https://standard.open-contracting.org/infrastructure/0.9/, whose source is
https://github.com/open-contracting/infrastructure (schema/project-level, read as of 0.9.5, commit 7478940):
documentType, milestoneType, milestoneCode, milestoneStatus, metricID, partyRole, projectSector, projectStatus,
projectType, relatedProject, relatedProjectScheme and contractingProcessStatus.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date, datetime
from typing import Any

from libs.common.contracts.projects import Stage
from services.projects.documents.domain.kinds import Category
from services.projects.exchange.domain.oc4ids_papers import (
    TYPE,
    Contract,
    Document,
    Kin,
    payer_of,
    told_contract,
    told_documents,
    told_kin,
    told_papers,
    told_transactions,
    verified,
)
from services.projects.exchange.domain.oc4ids_sectors import sectors_of
from services.projects.exchange.domain.oc4ids_values import Party, dated, kept, midnight, money, period, reference
from services.projects.ledger.domain.coordinates import Location
from services.projects.ledger.domain.entries import Investment, Progress
from services.projects.ledger.domain.formalities import Paper
from services.projects.ledger.domain.funds import FundsArrival
from services.projects.ledger.domain.project import Project
from services.projects.ledger.domain.stages import Milestone, due_milestone, milestones_of

VERSION = "0.9"
_STATUS = {
    Stage.PLANNED: "identification",
    Stage.SIGNED: "preparation",
    Stage.STARTED: "implementation",
    Stage.COMPLETED: "completion",
    Stage.IN_PRODUCTION: "maintenance",
    Stage.AT_CAPACITY: "maintenance",
    Stage.OPENED: "maintenance",
}
_MILESTONE_CODE = {
    Milestone.START: "commencement",
    Milestone.COMPLETION: "completion",
    Milestone.PRODUCTION: "commissioning",
}


@dataclass(frozen=True, slots=True)
class Source:
    """What is known of one project. ``as_of`` decides whether a planned day has been missed."""

    project: Project
    updated_at: datetime
    region_name: str
    as_of: date
    unit: Party | None = None
    enterprise: Party | None = None
    progress: Sequence[Progress] = ()
    investments: Sequence[Investment] = ()
    arrivals: Sequence[FundsArrival] = ()
    contract: Contract = field(default_factory=Contract)
    papers: Sequence[Paper] = ()
    documents: Sequence[Document] = ()
    kin: Sequence[Kin] = ()


def document(source: Source, prefix: str) -> dict[str, Any]:
    """The project's object in a package; ``prefix`` is the publisher's registered one."""
    project = source.project
    facts: dict[str, Any] = {
        "id": f"{prefix}-{project.code}",
        "updated": source.updated_at.isoformat(),
        "language": "zh",
        "identifiers": [{"id": project.code, "scheme": "CN-investment-project-code"}],
        "publicAuthority": reference(source.unit),
        "title": project.name,
        "description": project.summary,
        "status": "cancelled" if project.stage is Stage.TERMINATED else _STATUS[project.path_stage],
        "type": TYPE[project.kind],
        "sector": sectors_of(project.kind, project.sector_code),
        "additionalClassifications": _classifications(project),
        "budget": _budget(project),
        "locations": [_location(source)],
        "parties": _parties(source),
        **_periods(project),
        "milestones": [
            *(_milestone(project, one, source.as_of) for one in _planned(project)),
            *told_papers(source.papers, source.as_of),
        ],
        "contractingProcesses": told_contract(project, source.contract, source.documents, source.as_of),
        "documents": told_documents([one for one in source.documents if one.category is not Category.CONTRACT]),
        "relatedProjects": told_kin(source.kin, prefix),
        "forecasts": _forecasts(project),
        "metrics": _metrics(source),
        "completion": _completion(project),
        "transactions": told_transactions(project, source.arrivals, source.enterprise),
    }
    return kept(facts)


def _classifications(project: Project) -> list[dict[str, str]]:
    return [] if project.sector_code is None else [{"scheme": "GB/T 4754-2017", "id": project.sector_code}]


def _budget(project: Project) -> dict[str, Any]:
    if project.total_investment_yuan is None:
        return {}
    return {"description": "总投资", "amount": money(project.total_investment_yuan)}


def _location(source: Source) -> dict[str, Any]:
    code, place = source.project.region_code, source.project.location
    geometry = {} if place is None else {"geometry": _point(place)}
    return {
        "id": code,
        "description": source.region_name or code,
        "gazetteer": {"scheme": "GB/T 2260", "identifiers": [code]},
        "address": {"region": source.region_name or code, "countryName": "中国"},
        **geometry,
    }


def _point(place: Location) -> dict[str, Any]:
    """Where the project stands, in WGS 84 whatever system it was measured in."""
    longitude, latitude = place.wgs84
    return {"type": "Point", "coordinates": [float(longitude), float(latitude)]}


def _investor(project: Project) -> Party | None:
    return None if project.investor is None else Party(f"investor-{project.code}", project.investor)


def _parties(source: Source) -> list[dict[str, Any]]:
    roles: dict[Party, list[str]] = {}
    if source.unit is not None:
        roles.setdefault(source.unit, []).append("publicAuthority")
    if source.enterprise is not None:
        roles.setdefault(source.enterprise, []).append("administrativeEntity")
    investor = _investor(source.project)
    if investor is not None:
        roles.setdefault(investor, []).append("funder")
    paid = verified(source.arrivals)
    for payer in dict.fromkeys(payer_of(source.project, arrival) for arrival in paid):
        roles.setdefault(payer, []).append("payer")
    if paid and source.enterprise is not None:
        roles[source.enterprise].append("payee")
    return [_organisation(party, names) for party, names in roles.items()]


def _organisation(party: Party, roles: list[str]) -> dict[str, Any]:
    identifier = {"identifier": {"scheme": party.scheme, "id": party.id}} if party.scheme else {}
    return {"id": party.id, "name": party.name, **identifier, "roles": roles}


def _periods(project: Project) -> Mapping[str, dict[str, Any]]:
    start = project.planned(Milestone.START).effective_on
    completion = project.planned(Milestone.COMPLETION).effective_on
    completed_on = project.planned(Milestone.COMPLETION).actual_on
    in_use = Milestone.PRODUCTION if Milestone.PRODUCTION in milestones_of(project.kind) else Milestone.OPENING
    in_use_on = project.planned(in_use).actual_on
    due = project.planned(due_milestone(project.kind)).effective_on
    return {
        "period": period(start, due or completion),
        "preparationPeriod": period(project.signed_on, project.planned(Milestone.START).actual_on),
        "implementationPeriod": period(start, completion),
        "completionPeriod": period(completed_on, in_use_on) if completed_on is not None else {},
        "maintenancePeriod": period(in_use_on, None),
    }


def _planned(project: Project) -> list[Milestone]:
    known = (one for one in milestones_of(project.kind) if project.planned(one).effective_on is not None)
    return list(known)


def _milestone(project: Project, milestone: Milestone, today: date) -> dict[str, Any]:
    planned = project.planned(milestone)
    facts: dict[str, Any] = {"id": milestone.value, "title": milestone.value, "type": "delivery"}
    if milestone in _MILESTONE_CODE:
        facts["code"] = _MILESTONE_CODE[milestone]
    if planned.original_on is not None and planned.original_on != planned.current_on:
        facts["description"] = f"原计划 {planned.original_on.isoformat()}"
    return dated(facts, planned.current_on, planned.actual_on, today)


def _forecasts(project: Project) -> list[dict[str, Any]]:
    found: list[dict[str, Any]] = []
    due = project.planned(due_milestone(project.kind)).current_on
    if due is not None:
        observation = {"id": "planned", "period": period(None, due), "measure": 100, "unit": {"name": "percent"}}
        found.append({"id": "physicalProgress", "title": "形象进度", "observations": [observation]})
    if project.total_investment_yuan is not None:
        observation = {
            "id": "planned",
            "period": period(None, due),
            "value": money(project.total_investment_yuan),
        }
        kept = {name: value for name, value in observation.items() if value != {}}
        found.append({"id": "financialProgress", "title": "完成投资", "observations": [kept]})
    if project.grid is not None:
        found += [
            _output(name, title, float(measure), unit)
            for name, title, measure, unit in (
                ("capacity", "变电容量", project.grid.capacity_mva, "MVA"),
                ("lineLength", "线路长度", project.grid.line_length_km, "km"),
            )
            if measure is not None
        ]
    if project.design_output is not None and project.output_unit:
        found.append(_output("designOutput", "设计产量", float(project.design_output), project.output_unit))
    return found


def _output(name: str, title: str, measure: float, unit: str) -> dict[str, Any]:
    return {"id": name, "title": title, "observations": [{"id": "1", "measure": measure, "unit": {"name": unit}}]}


def _metrics(source: Source) -> list[dict[str, Any]]:
    project = source.project
    found: list[dict[str, Any]] = []
    if source.progress:
        observations = [
            {
                "id": str(number),
                "period": period(None, entry.on),
                "measure": float(entry.percent),
                "unit": {"name": "percent"},
            }
            for number, entry in enumerate(source.progress, 1)
        ]
        found.append({"id": "physicalProgress", "title": "形象进度", "observations": observations})
    if source.investments:
        found.append(
            {"id": "financialProgress", "title": "完成投资", "observations": _cumulated(source.investments)}
        )
    if project.actual_output is not None and project.output_unit:
        found.append(_output("actualOutput", "实际产量", float(project.actual_output), project.output_unit))
    return found


def _cumulated(investments: Sequence[Investment]) -> list[dict[str, Any]]:
    total = 0
    observations = []
    for entry in sorted(investments, key=lambda one: one.month):
        total += entry.amount_yuan
        observations.append(
            {"id": f"{entry.month:%Y-%m}", "period": period(None, _end_of(entry.month)), "value": money(total)}
        )
    return observations


def _end_of(month: date) -> date:
    following = date(month.year + month.month // 12, month.month % 12 + 1, 1)
    return date.fromordinal(following.toordinal() - 1)


def _completion(project: Project) -> dict[str, Any]:
    completed_on = project.planned(Milestone.COMPLETION).actual_on
    if completed_on is None:
        return {}
    facts: dict[str, Any] = {"endDate": midnight(completed_on)}
    if project.invested_yuan:
        facts["finalValue"] = money(project.invested_yuan)
        facts["finalValueDetails"] = "累计完成投资"
    if project.actual_output is not None and project.output_unit:
        facts["finalScope"] = f"{project.actual_output.normalize():f} {project.output_unit}"
    return facts
