"""All importable entities by name. A later slice's entity is one more entry, its titles go into its messages."""

from collections.abc import Mapping

from services.projects.exchange.entities.base import ImportEntity
from services.projects.exchange.entities.entries import ARRIVALS, INVESTMENTS, OUTPUTS, PROGRESS
from services.projects.exchange.entities.milestones import DESIGNATIONS, FORMALITIES, MILESTONES
from services.projects.exchange.entities.plans import ANNUAL_PLANS, CURVES
from services.projects.exchange.entities.projects import PROJECTS
from services.projects.exchange.entities.registry import ENTERPRISES, PEOPLE, REGIONS, UNITS

IMPORTABLE: Mapping[str, ImportEntity] = {
    entity.name: entity
    for entity in (
        *(REGIONS, UNITS, PEOPLE, ENTERPRISES, PROJECTS),
        *(PROGRESS, INVESTMENTS, OUTPUTS, ARRIVALS),
        *(CURVES, ANNUAL_PLANS, MILESTONES, FORMALITIES, DESIGNATIONS),
    )
}
