"""Many names or an address locked at once: somebody tries passwords (登录攻击)."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Attack:
    """``level`` 2: ten times what is an attack, or several addresses at once."""

    level: int
    explanation_zh: str
    explanation_en: str


def judge_refusals(refused: Sequence[tuple[str, int]], *, minutes: int, alarm_at: int) -> Attack | None:
    """What refusals mean of callers who were refused at least ``alarm_at`` times within so many minutes.

    ``refused``: callers with their numbers, the greatest first. Grave: ten times that, or five callers at once.
    """
    if not refused:
        return None
    caller, count = refused[0]
    is_grave = count >= 10 * alarm_at or len(refused) >= 5
    return Attack(
        2 if is_grave else 1,
        f"{minutes} 分钟内访问被拒绝次数过多：{len(refused)} 个来源，最多为 {caller}，{count} 次",
        f"Too many refused requests within {minutes} minutes: {len(refused)} callers, most of {caller}: {count}",
    )


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
