"""Whether an enterprise did what was ordered (执行核定, S21): achieved power, energy, rate, shortfall, verdict.

Three-valued (达标、未达标、无法判定): with missing quarters an enterprise has met its order when those missing are
few, has not met it when even full response in all of them would not do, and otherwise nothing can be told.
"""

from __future__ import annotations

from dataclasses import dataclass
from enum import StrEnum

import numpy as np

from services.energy.activations.domain.quarters import HOURS, Floats, Int


class Verdict(StrEnum):
    MET = "met"
    NOT_MET = "not_met"
    CANNOT_TELL = "cannot_tell"


class Unknown(StrEnum):
    """Why nothing can be told."""

    CURVES_MISSING = "curves_missing"
    BASELINE_DAYS_SHORT = "baseline_days_short"
    CALENDAR_UNKNOWN = "calendar_unknown"
    NOTHING_ORDERED = "nothing_ordered"


@dataclass(frozen=True, slots=True)
class Standard:
    """``met_share`` of what was ordered must have been covered; up to ``missing_share`` of quarters may lack."""

    met_share: float = 0.9
    missing_share: float = 0.1


@dataclass(frozen=True, slots=True, eq=False)
class Responses:
    """By enterprise (n,) unless said otherwise; kW and kWh over the quarters in which something was ordered.

    ``achieved_kw`` (n, k): baseline − load; below zero where more was drawn. ``rate``: achieved energy against
    ordered, ``covered``: the share of the order without its shortfalls, so that more in one quarter does not make
    up for less in another. Figures are those of known quarters, NaN where there is none; ``known`` and ``wanted``
    count quarters.
    """

    achieved_kw: Floats
    mean_kw: Floats
    peak_kw: Floats
    energy_kwh: Floats
    ordered_kwh: Floats
    shortfall_kwh: Floats
    shortfall_peak_kw: Floats
    rate: Floats
    covered: Floats
    known: Int
    wanted: Int
    verdict: tuple[Verdict, ...]


def verify(baseline_kw: Floats, load_kw: Floats, ordered_kw: Floats, standard: Standard) -> Responses:
    """Judge orders (n, k); 0 in ``ordered_kw`` is a quarter in which nothing is asked of the enterprise."""
    is_wanted = ordered_kw > 0
    achieved = baseline_kw - load_kw
    is_known = is_wanted & np.isfinite(achieved)
    known, wanted = is_known.sum(axis=1), is_wanted.sum(axis=1)
    there = known > 0
    counted = np.where(is_known, achieved, 0.0)
    ordered = np.where(is_known, ordered_kw, 0.0)
    short = np.where(is_known, np.maximum(ordered_kw - counted, 0.0), 0.0)
    energy, asked, missed = (part.sum(axis=1) * HOURS for part in (counted, ordered, short))
    whole = np.where(is_wanted, ordered_kw, 0.0).sum(axis=1) * HOURS
    rate = _share(energy, asked)
    covered = 1.0 - _share(missed, asked)
    return Responses(
        achieved_kw=np.where(is_wanted, achieved, np.nan),
        mean_kw=np.where(there, energy / HOURS / np.maximum(known, 1), np.nan),
        peak_kw=np.where(there, np.where(is_known, achieved, -np.inf).max(axis=1, initial=-np.inf), np.nan),
        energy_kwh=np.where(there, energy, np.nan),
        ordered_kwh=whole,
        shortfall_kwh=np.where(there, missed, np.nan),
        shortfall_peak_kw=np.where(there, short.max(axis=1, initial=0.0), np.nan),
        rate=rate,
        covered=covered,
        known=known,
        wanted=wanted,
        verdict=_verdicts(covered, 1.0 - _share(missed, whole), known, wanted, standard),
    )


def _share(part: Floats, whole: Floats) -> Floats:
    share: Floats = np.divide(part, whole, out=np.full(len(whole), np.nan), where=whole > 0)
    return share


def _verdicts(
    covered: Floats, at_best: Floats, known: Int, wanted: Int, standard: Standard
) -> tuple[Verdict, ...]:
    # Figures of hand-worked cases fall on the edge exactly; sums of binary fractions do not.
    edge = standard.met_share - 1e-9
    missing = wanted - known
    is_judged = (known > 0) & (missing <= standard.missing_share * wanted)
    is_hopeless = (known > 0) & (at_best < edge)
    columns = (is_judged.tolist(), (covered >= edge).tolist(), is_hopeless.tolist())
    return tuple(_verdict(*facts) for facts in zip(*columns, strict=True))


def _verdict(is_judged: bool, is_met: bool, is_hopeless: bool) -> Verdict:
    if is_judged:
        return Verdict.MET if is_met else Verdict.NOT_MET
    return Verdict.NOT_MET if is_hopeless else Verdict.CANNOT_TELL
