"""Many names or an address locked at once: somebody tries passwords (登录攻击)."""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Attack:
    """``level`` 2: ten times what is an attack, or several addresses at once."""

    level: int
    explanation_zh: str
    explanation_en: str


def judge(locked_names: int, locked_addresses: int, *, alarm_at: int) -> Attack | None:
    """What the locks of this moment mean. ``alarm_at`` names locked at once, or any address, are an attack."""
    if locked_names < alarm_at and locked_addresses == 0:
        return None
    is_grave = locked_names >= 10 * alarm_at or locked_addresses > 1
    return Attack(
        2 if is_grave else 1,
        f"登录失败次数过多：当前锁定用户名 {locked_names} 个、来源地址 {locked_addresses} 个",
        f"Too many failed sign-ins: {locked_names} names and {locked_addresses} addresses are locked now",
    )
