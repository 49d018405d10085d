"""Bringing a bulletin's sections together: sources in the template's order, the lists over what they found."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, replace
from typing import Final

from libs.common.context import Context
from services.projects.bulletins.domain.content import Content, Section, SectionCode
from services.projects.bulletins.domain.facts import BulletinScope, SectionFacts
from services.projects.bulletins.domain.figures import Figures, Rows
from services.projects.bulletins.domain.lists import ListRule
from services.projects.bulletins.domain.templates import Template
from services.projects.bulletins.repository import catalogue
from services.projects.bulletins.service.sources.alerts import AlertsSource
from services.projects.bulletins.service.sources.base import SectionSource
from services.projects.bulletins.service.sources.contest import ContestSource
from services.projects.bulletins.service.sources.economy import EconomySource
from services.projects.bulletins.service.sources.energy import EnergySource
from services.projects.bulletins.service.sources.honours import HonoursSource
from services.projects.bulletins.service.sources.lists import chosen, lists_section
from services.projects.bulletins.service.sources.projects import ProjectsSource
from services.projects.bulletins.service.sources.support import SupportSource
from services.projects.bulletins.service.sources.targets import TargetsSource
from services.projects.registry.domain.validity import in_force

SOURCES: Final[Mapping[SectionCode, SectionSource]] = {
    source.code: source
    for source in (
        EconomySource(),
        TargetsSource(),
        ProjectsSource(),
        ContestSource(),
        AlertsSource(),
        SupportSource(),
        HonoursSource(),
        EnergySource(),
    )
}


@dataclass(frozen=True, slots=True)
class Gathered:
    """``rows`` hold what figures were made of, by key."""

    content: Content
    figures: Figures
    rows: Mapping[str, Rows]


async def gather(ctx: Context, template: Template, scope: BulletinScope) -> Gathered:
    """Every section of the template as the figures are now. Raises what its sources raise."""
    found: dict[SectionCode, SectionFacts] = {}
    for choice in template.sections:
        if choice.code is not SectionCode.LISTS:
            asked = replace(scope, options=choice.options)
            found[choice.code] = await SOURCES[choice.code].read(ctx, asked)
    figures: Figures = {}
    rows: dict[str, Rows] = {}
    for facts in found.values():
        figures |= facts.figures
        rows |= facts.rows
    if any(choice.code is SectionCode.LISTS for choice in template.sections):
        offered: Figures = {}
        for facts in found.values():
            offered |= facts.offered
        candidates = [one for facts in found.values() for one in facts.candidates]
        lists, used = lists_section(await rules_in_force(ctx, scope), candidates, offered)
        found[SectionCode.LISTS] = lists
        figures |= lists.figures | chosen(offered, used)
    sections: list[Section] = [found[choice.code].section for choice in template.sections]
    return Gathered(Content(sections=tuple(sections)), figures, rows)


async def rules_in_force(ctx: Context, scope: BulletinScope) -> list[ListRule]:
    """Of each rule the entry that counts in the region at the period's end."""
    by_code: dict[str, list[ListRule]] = {}
    for rule in await catalogue.all_rules(ctx.session):
        by_code.setdefault(rule.code, []).append(rule)
    day = scope.period.last_day
    chosen_rules = (in_force(rules, scope.region_code, day) for rules in by_code.values())
    return [rule for rule in chosen_rules if rule is not None]
