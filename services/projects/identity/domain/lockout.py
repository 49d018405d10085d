"""When a name is locked: too many attempts within a window, by a policy that is data.

A lock by name alone lets anybody lock somebody out by wrong passwords. So attempts from a place at which the name
has signed in before are counted for that place: strangers lock the name for strangers.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime, timedelta
from ipaddress import IPv6Address, ip_address, ip_network


@dataclass(frozen=True, slots=True)
class LockoutPolicy:
    """``max_failures`` attempts within ``window`` lock the name for ``lock``. Real time."""

    max_failures: int = 5
    window: timedelta = timedelta(minutes=15)
    lock: timedelta = timedelta(minutes=15)


@dataclass(frozen=True, slots=True)
class Attempts:
    """Attempts under one name that have not succeeded (yet)."""

    count: int
    since: datetime
    locked_until: datetime | None = None


def place_of(address: str) -> str:
    """What is known again of an address: itself, of an IPv6 one its network of 64 bits; as it is, if it is none.

    Hosts change the other half of an IPv6 address by themselves, and whoever has one has all of the network.
    """
    try:
        found = ip_address(address)
    except ValueError:
        return address
    if not isinstance(found, IPv6Address):
        return str(found)
    if found.ipv4_mapped is not None:
        return str(found.ipv4_mapped)
    return str(ip_network((int(found), 64), strict=False))


def without_one(known: Attempts) -> Attempts:
    """What is known after an attempt that succeeded, where those of many names are counted together."""
    return Attempts(max(0, known.count - 1), known.since, None)


def attempt(known: Attempts | None, policy: LockoutPolicy, now: datetime) -> tuple[Attempts, bool]:
    """What is known after one more attempt, and whether it is admitted.

    An attempt is counted before its password is looked at and forgotten when it succeeds: attempts made at the
    same moment cannot slip past the limit together. An attempt while locked is not counted.
    """
    if known is not None and known.locked_until is not None and now < known.locked_until:
        return known, False
    is_fresh = known is None or known.locked_until is not None or now >= known.since + policy.window
    count, since = (1, now) if is_fresh or known is None else (known.count + 1, known.since)
    locked_until = now + policy.lock if count >= policy.max_failures else None
    return Attempts(count, since, locked_until), True
