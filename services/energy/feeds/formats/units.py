"""What formats call units and quantities, in the words of the feeds."""

from __future__ import annotations

import re
import unicodedata
from typing import Final

IMPORT: Final = "active_import_kw"
EXPORT: Final = "active_export_kw"
REACTIVE_IMPORT: Final = "reactive_import_kvar"
REACTIVE_EXPORT: Final = "reactive_export_kvar"
REGISTER: Final = "register"

# Spelling without case → our unit and what its values are to be multiplied with.
_UNITS: Final[dict[str, tuple[str, float]]] = {
    **{
        unit.casefold(): (unit, 1.0)
        for unit in ("W", "kW", "MW", "Wh", "kWh", "MWh", "kvar", "kvarh", "kVA", "kVAh")
    },
    **{unit.casefold(): (unit, 1.0) for unit in ("var", "varh", "Mvar", "Mvarh", "VA", "VAh", "MVA", "MVAh")},
    "gw": ("MW", 1000.0),
    "gwh": ("MWh", 1000.0),
    "maw": ("MW", 1.0),
    "kwt": ("kW", 1.0),
    "瓦": ("W", 1.0),
    "千瓦": ("kW", 1.0),
    "兆瓦": ("MW", 1.0),
    "万千瓦": ("MW", 10.0),
    "千瓦时": ("kWh", 1.0),
    "度": ("kWh", 1.0),
    "兆瓦时": ("MWh", 1.0),
    "万千瓦时": ("MWh", 10.0),
    "万度": ("MWh", 10.0),
    "万kwh": ("MWh", 10.0),
    "万kw": ("MW", 10.0),
    "千乏": ("kvar", 1.0),
    "千乏时": ("kvarh", 1.0),
    "兆乏": ("Mvar", 1.0),
}
_TAIL: Final = re.compile(r"[\s_/]*[(\[（【]?\s*([^()\[\]（）【】/_\s]+)\s*[)\]）】]?$")


def unit_of(text: str) -> tuple[str, float]:
    """The unit and a factor; a unit nobody here knows is returned as it is, for the checks to refuse."""
    plain = unicodedata.normalize("NFKC", text).strip().replace("·", "").replace("*", "")
    if plain.startswith(("MW", "Mw")):
        plain = "MW" + plain[2:]
    return _UNITS.get(plain.casefold(), (plain, 1.0))


def with_prefix(unit: str, power: int) -> tuple[str, float]:
    """``Wh`` times 10³ is kWh: the unit with its prefix, or as it is with the factor."""
    prefix = {3: "k", 6: "M"}.get(power, "")
    if prefix and (prefix + unit).casefold() in _UNITS:
        return prefix + unit, 1.0
    return unit, 10.0**power


def is_unit(text: str) -> bool:
    """Whether the text names a unit of the feeds."""
    return unicodedata.normalize("NFKC", text).strip().casefold() in _UNITS


def unit_at_end(heading: str) -> str:
    """The unit in ``有功功率(kW)`` or ``value_kw``; empty where there is none."""
    found = _TAIL.search(heading.strip())
    return found[1] if found and is_unit(found[1]) else ""


def meaning_of(text: str) -> tuple[str | None, str | None]:
    """Quantity and kind that a data item's or a heading's words name; None where they leave it open."""
    plain = unicodedata.normalize("NFKC", text).casefold()
    is_reverse = any(
        word in plain for word in ("反向", "上网", "export", "generation", "delivered to grid", "倒送")
    )
    quantity = None
    if any(word in plain for word in ("无功", "reactive", "kvar")):
        quantity = REACTIVE_EXPORT if is_reverse else REACTIVE_IMPORT
    elif is_reverse:
        quantity = EXPORT
    elif any(word in plain for word in ("正向有功", "import", "下网")):
        quantity = IMPORT
    is_register = any(
        word in plain for word in ("示数", "示值", "表底", "表码", "读数", "止码", "register", "cumulative")
    )
    return quantity, REGISTER if is_register else None


def default_unit(text: str) -> str:
    """The unit a data item has where none is written: power unless the words speak of energy."""
    plain = text.casefold()
    if any(
        word in plain
        for word in ("电量", "energy", "示数", "示值", "表底", "表码", "读数", "consumption", "register")
    ):
        return "kvarh" if "无功" in plain or "reactive" in plain else "kWh"
    return ""
