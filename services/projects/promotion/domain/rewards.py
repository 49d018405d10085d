"""Credit and reward (招商功臣): by funds that really arrived, shared among introducers, exact to the yuan."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from enum import StrEnum
from itertools import pairwise
from uuid import UUID

from libs.common.web.problems import FieldError
from services.projects.ledger.domain.people import Actor
from services.projects.ledger.domain.project import Channel
from services.projects.parks.domain.shares import WHOLE, apportion, percent_of
from services.projects.promotion.domain.investors import Origin
from services.projects.promotion.errors import (
    AwardFourEyes,
    AwardNotOpen,
    AwardPaidAhead,
    CreditSharesNotWhole,
    IntroducersMalformed,
    RegisteredAfterSigning,
    RewardRuleMalformed,
)
from services.projects.registry.domain.validity import Dated

MILLION = 1_000_000


@dataclass(frozen=True, slots=True)
class Introducer:
    """An investor or a person of the registry, one of both."""

    investor_id: UUID | None = None
    person_id: UUID | None = None

    @property
    def party(self) -> UUID:
        party = self.investor_id or self.person_id
        assert party is not None
        return party


@dataclass(frozen=True, slots=True)
class Introduction:
    """Who introduced, with which share of the credit, and since when that is registered."""

    introducer: Introducer
    basis_points: int
    registered_on: date


def demand_introductions(introductions: Sequence[Introduction], signed_on: date | None) -> None:
    """Whether these may share the credit; none at all may be.

    Raises IntroducersMalformed, CreditSharesNotWhole, RegisteredAfterSigning, each naming all it finds.
    """
    seen: set[Introducer] = set()
    faults: list[FieldError] = []
    for number, one in enumerate(introductions):
        named = (one.introducer.investor_id is None) == (one.introducer.person_id is None)
        if named:
            faults.append(FieldError("introducer.one_of_both", f"/introducers/{number}"))
        if one.introducer in seen:
            faults.append(FieldError("introducer.repeated", f"/introducers/{number}"))
        seen.add(one.introducer)
    if faults:
        raise IntroducersMalformed(errors=faults)
    total = sum(one.basis_points for one in introductions)
    if introductions and total != WHOLE:
        fault = FieldError("share.sum", "/introducers", {"sum_percent": percent_of(total)})
        raise CreditSharesNotWhole(sum_percent=percent_of(total), errors=[fault])
    late = [
        FieldError("introducer.late", f"/introducers/{number}/registered_on", {"registered_on": one.registered_on})
        for number, one in enumerate(introductions)
        if signed_on is not None and one.registered_on > signed_on
    ]
    if late:
        raise RegisteredAfterSigning(signed_on=signed_on, errors=late)


@dataclass(frozen=True, slots=True)
class Band:
    """From ``from_yuan`` of verified funds on, so many parts of a million: 1 ‰ is 1000."""

    from_yuan: int
    per_million: int


@dataclass(frozen=True, slots=True, kw_only=True)
class RewardRule(Dated):
    """What is paid for verified funds. ``channel`` or ``origin`` None is any; ``cap_yuan`` bounds one project.

    ``progressive`` (超额累进) rates each slice of the funds by its own band; else the band reached rates them all.
    """

    bands: tuple[Band, ...]
    channel: Channel | None = None
    origin: Origin | None = None
    progressive: bool = False
    cap_yuan: int | None = None
    basis: str = ""


def demand_bands(bands: Sequence[Band]) -> None:
    """Raises RewardRuleMalformed."""
    faults = [
        FieldError("reward_rule.band_not_rising", f"/bands/{number}/from_yuan")
        for number, (before, after) in enumerate(pairwise(bands), start=1)
        if after.from_yuan <= before.from_yuan
    ]
    if faults or not bands:
        raise RewardRuleMalformed(errors=faults or [FieldError("fact.required", "/bands")])


def rule_for(
    rules: Iterable[RewardRule], region_code: str, channel: Channel | None, origin: Origin, day: date
) -> RewardRule | None:
    """The rule that was promised on the day: of the narrowest region, then of the channel, then of the origin."""
    fitting = [
        rule
        for rule in rules
        if rule.holds_on(day)
        and rule.holds_in(region_code)
        and rule.channel in (None, channel)
        and rule.origin in (None, origin)
    ]
    return max(
        fitting,
        key=lambda rule: (rule.narrowness, rule.channel is not None, rule.origin is not None),
        default=None,
    )


def reward_for(rule: RewardRule, funds_yuan: int) -> int:
    """The reward of one project's verified funds, rounded half up to the yuan, never over the cap."""
    reached = [band for band in rule.bands if funds_yuan >= band.from_yuan]
    if not reached:
        return 0
    if rule.progressive:
        edges = [*(band.from_yuan for band in reached[1:]), funds_yuan]
        slices = [(edge - band.from_yuan, band) for edge, band in zip(edges, reached, strict=True)]
    else:
        slices = [(funds_yuan, reached[-1])]
    reward = (sum(amount * band.per_million for amount, band in slices) + MILLION // 2) // MILLION
    return reward if rule.cap_yuan is None else min(reward, rule.cap_yuan)


def share_out(amount_yuan: int, introductions: Sequence[Introduction]) -> dict[Introducer, int]:
    """An amount by introducer, summing to it exactly."""
    if not introductions:
        return {}
    ordered = sorted(introductions, key=lambda one: str(one.introducer.party))
    parts = apportion(amount_yuan, [one.basis_points for one in ordered])
    return {one.introducer: part for one, part in zip(ordered, parts, strict=True)}


def differences(entitled: Mapping[Introducer, int], awarded: Mapping[Introducer, int]) -> dict[Introducer, int]:
    """What is due beyond what was awarded, negative where too much was; those with nothing due are left out."""
    due = {one: entitled.get(one, 0) - awarded.get(one, 0) for one in {**entitled, **awarded}}
    return {one: amount for one, amount in due.items() if amount != 0}


class AwardState(StrEnum):
    """待审批 proposed, 已批准 approved, 已驳回 rejected, 已兑付 paid."""

    PROPOSED = "proposed"
    APPROVED = "approved"
    REJECTED = "rejected"
    PAID = "paid"


def demand_decidable(state: AwardState, proposer: Actor, by: Actor) -> None:
    """Raises AwardNotOpen, AwardFourEyes."""
    if state is not AwardState.PROPOSED:
        raise AwardNotOpen(state=state)
    if proposer.is_same(by):
        raise AwardFourEyes


def demand_payable(state: AwardState, decided_on: date | None, paid_on: date, today: date) -> None:
    """Raises AwardNotOpen, AwardPaidAhead."""
    if state is not AwardState.APPROVED or decided_on is None:
        raise AwardNotOpen(state=state)
    if not decided_on <= paid_on <= today:
        fault = FieldError("award.paid_on_outside", "/paid_on")
        raise AwardPaidAhead(paid_on=paid_on, decided_on=decided_on, today=today, errors=[fault])
