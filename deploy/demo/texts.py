"""The story's words in Chinese and English."""

from __future__ import annotations

from enum import StrEnum


class Language(StrEnum):
    """Both shows each line in Chinese with the English beside it."""

    ZH_CN = "zh-CN"
    EN = "en"
    BOTH = "both"


_WORDS: dict[str, tuple[str, str]] = {
    "title": ("一条预警的全过程", "The whole story of an alert"),
    "stack_time": ("系统时间", "Stack time"),
    "step": ("环节", "Step"),
    "what": ("发生了什么", "What happened"),
    "reading": ("读数", "Reading"),
    "receipt": ("回执", "Receipt"),
    "detection": ("识别", "Detection"),
    "alert": ("预警", "Alert"),
    "notification": ("通知", "Told"),
    "delivery": ("送达", "Delivered"),
    "escalation": ("升级督办", "Escalation"),
    "acknowledgement": ("签收", "Taken up"),
    "resolved": ("办结", "Resolved"),
    "cleared": ("恢复", "Back to usual"),
    "also_open": ("其他未办结预警", "Other live alerts"),
    "waiting": ("等待首个用电突增预警……", "Waiting for the first alert of a spike …"),
    "waiting_escalation": ("预警已产生，等待升级……", "The alert is there; waiting for its escalation …"),
    "no_alert": ("等待时间内没有出现预警", "No alert came within the time"),
    "no_escalation": ("等待时间内尚未升级", "Not escalated within the time"),
    "usual": ("通常", "usual"),
    "band": ("正常区间", "usual band"),
    "taken": ("已接收", "accepted"),
    "stored": ("已入库", "Stored"),
}

_POSTS = {
    "officer": ("经办人", "officer"),
    "leader": ("分管领导", "leader"),
    "supervision_group": ("督导组", "supervision group"),
    "leading_group": ("领导小组", "leading group"),
}
_REASONS = {
    "opened": ("新预警", "new alert"),
    "amended": ("预警变更", "amended"),
    "escalated": ("无人处理，升级", "nobody acted: escalated"),
    "reminded": ("再次提醒", "reminded"),
    "promise_broken": ("承诺逾期", "promise broken"),
    "resolved": ("已办结", "resolved"),
    "changed": ("订阅：状态变化", "subscription: a change"),
}
_CONDITIONS = {
    "spike": ("用电突增", "consumption spikes"),
    "drop": ("用电突降", "consumption drops"),
    "shift": ("用电水平持续变化", "sustained level shifts"),
    "dead": ("电表读数归零", "meters that read zero"),
    "stuck": ("电表读数停滞", "stuck meters"),
    "missing": ("用电数据缺失", "missing data"),
    "unit": ("单位或倍率错误", "wrong units or multipliers"),
    "clock": ("表计时钟偏移", "wrong meter clocks"),
    "overload": ("超合同容量用电", "over contracted capacity"),
    "stalled": ("项目停滞", "projects stalled"),
    "start_overdue": ("逾期未开工", "start overdue"),
    "capacity_overdue": ("逾期未达产", "full capacity overdue"),
}
_COLOURS = {
    "blue": ("蓝色", "blue"),
    "yellow": ("黄色", "yellow"),
    "orange": ("橙色", "orange"),
    "red": ("红色", "red"),
}


def words(key: str, language: Language) -> str:
    """The words for a key; in both languages with a thin bar between them."""
    return _chosen(_WORDS[key], language)


def post(code: str, language: Language) -> str:
    return _chosen(_POSTS.get(code, (code, code)), language)


def colour(code: str, language: Language) -> str:
    return _chosen(_COLOURS.get(code, (code, code)), language)


def reason(code: str, language: Language) -> str:
    """Why somebody is told."""
    return _chosen(_REASONS.get(code, (code, code)), language)


def condition(kind: str, language: Language) -> str:
    """What an alert is about."""
    return _chosen(_CONDITIONS.get(kind, (kind, kind)), language)


def _chosen(texts: tuple[str, str], language: Language) -> str:
    match language:
        case Language.ZH_CN:
            return texts[0]
        case Language.EN:
            return texts[1]
        case Language.BOTH:
            return texts[0] if texts[0] == texts[1] else f"{texts[0]} · {texts[1]}"
