"""Red and black lists, by the rules that are shipped."""

from __future__ import annotations

from collections.abc import Callable
from decimal import Decimal
from typing import TYPE_CHECKING

from tests.acceptance.years_account import raw

if TYPE_CHECKING:
    from tests.acceptance.years_account.expected import Expected

# Key of the name, reason, key of the figure.
Entry = tuple[str, str, str]


def listed(ours: Expected, colour: str) -> list[Entry]:
    """Who stands on the list, by rule, within one the farthest first."""
    rules = _RED if colour == "red" else _BLACK
    return [entry for rule in rules for entry in rule(ours)]


def _fast(ours: Expected, least: Decimal | None, most: Decimal | None, many: int, reason: str) -> list[Entry]:
    if ours.level is None:
        return []
    keys = [f"economy.{raw.OUTPUT}.region.{key}" for key in ours.groups("region")]
    rates = {key: ours.value(f"{key}.yoy") for key in keys}
    fit = [
        key
        for key, rate in rates.items()
        if rate is not None and (least is None or rate >= least) and (most is None or rate <= most)
    ]
    fit.sort(key=lambda key: (-(rates[key] or 0) if most is None else (rates[key] or 0), key))
    return [(f"{key}.name", reason, f"{key}.yoy") for key in fit[:many]]


def _fast_works(ours: Expected) -> list[Entry]:
    if ours.level is None:
        return []
    fit = [
        (-rate, code)
        for code, (now, rate) in ours.works(raw.OUTPUT)
        if rate is not None and now is not None and rate >= 30 and now >= 20_000_000
    ]
    reason = "产值2000万元以上且增速达到30%以上"
    keys = [f"economy.{raw.OUTPUT}.enterprise.{code}" for _, code in sorted(fit)[:5]]
    return [(f"{key}.name", reason, f"{key}.yoy") for key in keys]


def _reached(ours: Expected) -> list[Entry]:
    fit = sorted((-one.completion, one.code) for one in ours.targets.values() if one.completion >= 100)
    return [(f"targets.{code}.name", "提前完成年度目标", f"targets.{code}.completion") for _, code in fit[:10]]


def _lagging(ours: Expected) -> list[Entry]:
    fit = sorted(
        (-one.behind, one.code)
        for one in ours.targets.values()
        if one.behind >= 30 and one.verdict not in {"完成", "超额完成"}
    )
    return [(f"targets.{code}.name", "落后序时进度30个百分点以上", f"targets.{code}.pace") for _, code in fit[:10]]


def _places(ours: Expected, reason: str, *, from_the_end: bool) -> list[Entry]:
    fit = []
    for code, places in ours.standings.items():
        ranked = [one for one in places if one["rank"] is not None]
        for one in ranked:
            place = len(ranked) - one["rank"] + 1 if from_the_end else one["rank"]
            if place <= (1 if from_the_end else 3):
                fit.append((place, f"{code}:{one['code']}", f"contest.{code}.{one['participant_id']}"))
    return [(f"{key}.name", reason, f"{key}.rank") for _, _, key in sorted(fit)]


_RED: tuple[Callable[[Expected], list[Entry]], ...] = (
    lambda one: _places(one, "擂台赛排名前三位", from_the_end=False),
    _fast_works,
    lambda one: _fast(one, Decimal(15), None, 3, "工业总产值增速达到15%以上"),
    _reached,
)
_BLACK: tuple[Callable[[Expected], list[Entry]], ...] = (
    lambda one: _places(one, "擂台赛排名末位", from_the_end=True),
    lambda one: _fast(one, None, Decimal(-5), 3, "工业总产值下降5%以上"),
    _lagging,
    lambda one: (
        [(f"energy.veto.{veto.id}.name", "被一票否决", f"energy.veto.{veto.id}.ground") for veto in one.vetoes()]
        if one.kind != "month"
        else []
    ),
)
