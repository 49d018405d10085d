"""Putting rules, standards and benchmarks in force."""

from dataclasses import replace
from datetime import date

from libs.common.context import Context
from libs.common.web.problems import FieldError
from services.projects.gate.domain.gate import GateRule, demand_rule_order
from services.projects.gate.domain.standards import (
    ReviewKind,
    ReviewStandard,
    SectorBenchmark,
    demand_benchmark_order,
)
from services.projects.gate.errors import NoReviewStandard, UnknownGateTemplate
from services.projects.gate.repository import rules as repository
from services.projects.gate.tables import GateRuleRow, ReviewStandardRow, SectorBenchmarkRow
from services.projects.registry.domain.validity import in_force
from services.projects.registry.repository import lock_key
from services.projects.registry.service.placing import demand_reach, place
from services.projects.registry.service.recording import demand_region


async def put_rule(ctx: Context, rule: GateRule) -> GateRuleRow:
    """Put a rule in force from its first day on; steps dated before it are judged by what held then.

    Raises GateRuleNotOrdered, EverywhereForbidden, UnknownRegion, ValidityNotOrdered, ValidityOverlap.
    """
    demand_rule_order(rule)
    await demand_reach(ctx, rule.region_code)
    return await _place_rule(ctx, rule)


async def adopt_rules(ctx: Context, template: str, region_code: str, valid_from: date) -> list[GateRuleRow]:
    """Put a template's rules in force in a region. Raises UnknownGateTemplate, UnknownRegion, ValidityOverlap."""
    await demand_region(ctx, region_code)
    offered = await repository.template_rules(ctx.session, template)
    if not offered:
        raise UnknownGateTemplate(template=template, errors=[FieldError("reference.unknown", "/template")])
    adopted = (replace(rule, region_code=region_code, valid_from=valid_from, valid_to=None) for rule in offered)
    return [await _place_rule(ctx, rule) for rule in adopted]


async def _place_rule(ctx: Context, rule: GateRule) -> GateRuleRow:
    await lock_key(ctx.session, "gate_rule", f"{rule.code}:{rule.region_code}")
    rows = await repository.rule_rows(ctx.session, rule.code, rule.region_code)
    row = place(ctx, GateRuleRow, rows, rule, value_of=repository.rule_of)
    await ctx.session.flush()
    return row


async def put_standard(ctx: Context, standard: ReviewStandard) -> ReviewStandardRow:
    """Put a standard in force from its first day on. Raises as :func:`put_rule`."""
    await demand_reach(ctx, standard.region_code)
    await lock_key(ctx.session, "gate_standard", f"{standard.review}:{standard.region_code}")
    rows = await repository.standard_rows(ctx.session, standard.review, standard.region_code)
    row = place(ctx, ReviewStandardRow, rows, standard, value_of=repository.standard_of)
    await ctx.session.flush()
    return row


async def standard_in_force(ctx: Context, review: ReviewKind, region_code: str, on: date) -> ReviewStandard:
    """Raises NoReviewStandard."""
    known = [one for one in await repository.all_standards(ctx.session) if one.review is review]
    standard = in_force(known, region_code, on)
    if standard is None:
        raise NoReviewStandard(review=review, region_code=region_code, on=on)
    return standard


async def put_benchmark(ctx: Context, benchmark: SectorBenchmark) -> SectorBenchmarkRow:
    """Put a benchmark in force from its first day on. Raises BenchmarkNotOrdered and as :func:`put_rule`."""
    demand_benchmark_order(benchmark)
    await demand_reach(ctx, benchmark.region_code)
    key = (benchmark.sector_code, benchmark.basis.value, benchmark.product_unit, str(benchmark.region_code))
    await lock_key(ctx.session, "sector_benchmark", ":".join(key))
    rows = await repository.benchmark_rows(ctx.session, benchmark)
    row = place(ctx, SectorBenchmarkRow, rows, benchmark, value_of=repository.benchmark_of)
    await ctx.session.flush()
    return row
