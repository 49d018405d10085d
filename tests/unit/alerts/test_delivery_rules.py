"""Rules of delivery: quotas, lengths, ways and quiet hours, templates, addresses; no network and no database."""

from datetime import UTC, datetime, time, timedelta
from itertools import pairwise
from typing import Any
from uuid import UUID

import pytest
from hypothesis import given
from hypothesis import strategies as st
from pydantic import ValidationError

from libs.common.contracts.alerts import Severity
from libs.common.webhooks.hosts import AllowedHosts, RefusedAddress
from libs.common.webhooks.outgoing import Answer
from services.alerts.notifications.domain import forms, sms
from services.alerts.notifications.domain.http_template import HttpTemplate, UnknownPlace, as_word, at_pointer
from services.alerts.notifications.domain.kinds import ChannelKind, Form, Limit
from services.alerts.notifications.domain.message import Language, Reason, Telling
from services.alerts.notifications.domain.quota import grant
from services.alerts.notifications.domain.ways import (
    NotAllowed,
    Preferences,
    QuietHours,
    Stage,
    WayPolicy,
    check_wishes,
    kinds_now,
    next_stage,
    quiet_until,
)
from services.alerts.notifications.links import Links
from services.alerts.notifications.senders.base import cut_bytes, markdown_safe
from services.alerts.notifications.wording import wording

NOON = datetime(2026, 9, 15, 4, 0, tzinfo=UTC)
MAIL, SMS, VOICE, APP = ChannelKind.MAIL, ChannelKind.SMS, ChannelKind.VOICE, ChannelKind.WECOM_APP
RED = WayPolicy(
    stages=(
        Stage(after_minutes=0, kinds=(MAIL, SMS, APP)),
        Stage(after_minutes=5, kinds=(VOICE,)),
        Stage(after_minutes=10, stand_in=True),
    )
)
CALM = WayPolicy(stages=(Stage(after_minutes=0, kinds=(MAIL, APP)),), may_choose=True, may_be_quiet=True)


@given(
    limits=st.lists(st.builds(Limit, st.integers(1, 5), st.floats(0.5, 60)), min_size=1, max_size=3),
    asked=st.lists(st.tuples(st.floats(0, 30), st.integers(1, 8)), min_size=1, max_size=12),
)
def test_no_stretch_holds_more_than_the_limit_however_it_is_asked(
    limits: list[Limit], asked: list[tuple[float, int]]
) -> None:
    at, kept, left = NOON, list[datetime](), list[datetime]()
    for wait, wanted in asked:
        at += timedelta(seconds=wait)
        granted = grant(limits, kept, at, wanted, held_until=None)
        kept = list(granted.sent)
        left += [at] * granted.now
        assert granted.now + len(granted.later) == wanted
        assert all(later > at for later in granted.later)
    for limit in limits:
        for first, last in zip(left, left[limit.count :], strict=False):
            assert (last - first).total_seconds() >= limit.seconds - 1e-3


def test_what_exceeds_a_quota_may_go_when_the_stretch_is_over() -> None:
    granted = grant([Limit(20, 60)], [], NOON, 45, held_until=None)
    assert granted.now == 20
    waits = [(later - NOON).total_seconds() for later in granted.later]
    assert waits == [60.0] * 20 + [120.0] * 5
    # A rest that the receiver asked for counts for all of them.
    held = grant([Limit(20, 60)], [], NOON, 2, held_until=NOON + timedelta(minutes=10))
    assert (held.now, [(later - NOON).total_seconds() for later in held.later]) == (0, [600.0, 600.0])


@given(
    before=st.text(max_size=30), title=st.text(max_size=300), after=st.text(max_size=20), parts=st.integers(1, 3)
)
def test_short_message_fits_its_parts(before: str, title: str, after: str, parts: int) -> None:
    text = sms.fit(before, title, after, parts=parts)
    frame = sms.units(before) + sms.units(after)
    assert sms.units(text) <= max(sms.room(parts), frame)
    assert text.startswith(before)
    assert text.endswith(after)


def test_title_gives_way_when_a_short_message_is_too_long() -> None:
    title = "新城区线路负荷率连续三个时段超过百分之九十五需立即采取有序用电措施并上报"
    text = sms.fit("红色预警12号：", title, "，请签收", parts=1)
    assert sms.units(text) <= 70
    short = sms.fit("红色预警12号：", title * 3, "，请签收", parts=1)
    assert sms.parts_of(short) == 1
    assert "…，请签收" in short
    assert sms.units("😀") == 2


def test_stage_without_a_way_is_passed_over() -> None:
    nothing = Preferences()
    assert kinds_now(RED, 0, frozenset({MAIL, SMS, VOICE}), nothing, Severity.RED) == (frozenset({MAIL, SMS}), 0)
    assert kinds_now(RED, 0, frozenset({VOICE}), nothing, Severity.RED) == (frozenset({VOICE}), 1)
    # Only what no stage names is better than nothing.
    assert kinds_now(CALM, 0, frozenset({SMS, VOICE}), nothing, Severity.BLUE) == (frozenset({SMS}), 0)
    # A webhook of one's own goes with the first.
    own = frozenset({MAIL, ChannelKind.WEBHOOK})
    assert kinds_now(RED, 0, own, nothing, Severity.RED) == (own, 0)
    assert next_stage(RED, 0, {MAIL, VOICE}) == 1
    assert next_stage(RED, 0, {MAIL}) == 2
    assert next_stage(RED, 2, {MAIL}) is None


def test_left_out_kind_is_used_when_policy_says_so_or_nothing_else_is_left() -> None:
    wishes = Preferences(left_out={Severity.RED: (MAIL,), Severity.BLUE: (MAIL,)})
    assert kinds_now(RED, 0, frozenset({MAIL, SMS}), wishes, Severity.RED)[0] == {MAIL, SMS}
    assert kinds_now(CALM, 0, frozenset({MAIL, APP}), wishes, Severity.BLUE)[0] == {APP}
    assert kinds_now(CALM, 0, frozenset({MAIL}), wishes, Severity.BLUE)[0] == {MAIL}
    policies = {severity: RED if severity is Severity.RED else CALM for severity in Severity}
    with pytest.raises(NotAllowed) as refused:
        check_wishes(Preferences(left_out={Severity.RED: (MAIL,)}), policies)
    assert refused.value.severity is Severity.RED
    with pytest.raises(NotAllowed):
        check_wishes(Preferences(left_out={Severity.BLUE: (MAIL, APP)}), policies)
    check_wishes(Preferences(left_out={Severity.BLUE: (MAIL,)}), policies)


NIGHT = Preferences(quiet_hours=(QuietHours(begins=time(22), ends=time(7)),))


@pytest.mark.parametrize(
    ("local", "until"),
    [
        ("2026-09-15 21:59", None),
        ("2026-09-15 22:00", "2026-09-16 07:00"),
        ("2026-09-16 02:00", "2026-09-16 07:00"),
        ("2026-09-16 07:00", None),
    ],
)
def test_quiet_hours_run_over_midnight(local: str, until: str | None) -> None:
    at = datetime.fromisoformat(f"{local}+08:00").astimezone(UTC)
    end = quiet_until(CALM, NIGHT, Severity.YELLOW, at, on_duty=False)
    assert end == (None if until is None else datetime.fromisoformat(f"{until}+08:00"))


def test_red_and_duty_are_never_quiet() -> None:
    at = datetime.fromisoformat("2026-09-16T02:00:00+08:00")
    assert quiet_until(CALM, NIGHT, Severity.RED, at, on_duty=False) is None
    assert quiet_until(CALM, NIGHT, Severity.BLUE, at, on_duty=True) is None
    assert quiet_until(RED, NIGHT, Severity.ORANGE, at, on_duty=False) is None


def test_quiet_hours_of_a_day_belong_to_the_day_on_which_they_begin() -> None:
    friday = Preferences(quiet_hours=(QuietHours(begins=time(22), ends=time(7), days=(5,)),))
    saturday_two = datetime.fromisoformat("2026-09-19T02:00:00+08:00")
    sunday_two = datetime.fromisoformat("2026-09-20T02:00:00+08:00")
    assert quiet_until(CALM, friday, Severity.BLUE, saturday_two, on_duty=False) is not None
    assert quiet_until(CALM, friday, Severity.BLUE, sunday_two, on_duty=False) is None
    whole = Preferences(
        quiet_hours=(
            QuietHours(begins=time(22), ends=time(7)),
            QuietHours(begins=time(7), ends=time(9)),
        )
    )
    end = quiet_until(CALM, whole, Severity.BLUE, saturday_two, on_duty=False)
    assert end == datetime.fromisoformat("2026-09-19T09:00:00+08:00")


@pytest.mark.parametrize(
    "stages",
    [
        [{"after_minutes": 1, "kinds": ["mail"]}],
        [{"after_minutes": 0, "kinds": ["mail"]}, {"after_minutes": 0, "kinds": ["sms"]}],
        [{"after_minutes": 0, "kinds": ["mail"], "stand_in": True}],
        [{"after_minutes": 0, "kinds": ["mail"]}, {"after_minutes": 1, "stand_in": True},
         {"after_minutes": 2, "kinds": ["sms"]}],
        [{"after_minutes": 0, "kinds": ["pigeon"]}],
        [],
    ],
)  # fmt: skip
def test_policy_is_refused_when_its_stages_make_no_sense(stages: list[dict[str, Any]]) -> None:
    with pytest.raises(ValidationError):
        WayPolicy.model_validate({"stages": stages})


TEMPLATE = HttpTemplate(
    url="https://sms.example.org/send?to={to}",
    headers={"X-Key": "{secret.key}"},
    body={"phone": "{to}", "params": {"text": "{text}", "all": ["{id}"]}, "n": 1},
)


def test_template_lets_no_value_break_out() -> None:
    nasty = 'a"}&x=1\r\nX-Evil: 1'
    fields = {"to": "1&from=2/..", "text": nasty, "id": "i"}
    url, headers, body = TEMPLATE.filled(fields, {"key": nasty})
    assert url == "https://sms.example.org/send?to=1%26from%3D2%2F.."
    assert headers == {"X-Key": 'a"}&x=1 X-Evil: 1'}
    assert body == {"phone": "1&from=2/..", "params": {"text": nasty, "all": ["i"]}, "n": 1}
    form = HttpTemplate(url="https://x.example.org/", encoding="form", body={"a": "{text}"})
    assert form.filled({"text": "a&b=c"}, {})[2] == "a=a%26b%3Dc"


def test_template_is_refused_when_it_names_what_nobody_fills_in() -> None:
    TEMPLATE.check_places(frozenset({"key"}))
    with pytest.raises(UnknownPlace, match=r"secret\.key"):
        TEMPLATE.check_places(frozenset())
    with pytest.raises(UnknownPlace, match="password"):
        HttpTemplate(url="https://x.example.org/{password}").check_places(frozenset())


@pytest.mark.parametrize(
    "wrong",
    [
        {"url": "https://{to}.example.org/"},
        {"url": "file:///etc/passwd"},
        {"url": "https://x.example.org/", "headers": {"Host": "inside"}},
        {"url": "https://x.example.org/", "headers": {"A": "b\r\nc: d"}},
        {"url": "https://x.example.org/", "encoding": "form", "body": ["x"]},
        {"url": "https://x.example.org/", "success": {"pointer": "code", "equals": ["0"]}},
        {"url": "https://x.example.org/", "success": {"pointer": "/code"}},
    ],
)
def test_template_is_refused_when_it_cannot_be_sent(wrong: dict[str, Any]) -> None:
    with pytest.raises(ValidationError):
        HttpTemplate.model_validate(wrong)


def test_pointer_finds_what_rfc_6901_says() -> None:
    document = {"a": [{"b/c": {"~": True}}], "": 0}
    assert at_pointer(document, "/a/0/b~1c/~0") is True
    assert as_word(at_pointer(document, "/a/0/b~1c/~0")) == "true"
    assert at_pointer(document, "/") == 0
    assert at_pointer(document, "/a/7") is None
    assert at_pointer(document, "/a/-1") is None
    assert at_pointer("text", "/a") is None
    assert at_pointer(document, "") == document


@pytest.mark.parametrize(
    ("header", "seconds"),
    [
        ("120", 120.0),
        ("Tue, 15 Sep 2026 04:02:00 GMT", 120.0),
        ("Tue, 15 Sep 2026 03:00:00 GMT", 0.0),
        ("soon", None),
        ("", None),
        ("-5", None),
    ],
)
def test_retry_after_is_read_as_number_or_date(header: str, seconds: float | None) -> None:
    assert Answer(429, {"retry-after": header}).retry_after(NOON) == seconds


LISTED = AllowedHosts.of(["hooks.example.org"])


@pytest.mark.parametrize(
    "inner",
    ["64:ff9b::a00:1", "2002:0a00:0001::1", "::ffff:127.0.0.1", "::1", "fd00::1", "100.64.0.1", "0.0.0.0",
    "224.0.0.1"],
)  # fmt: skip
def test_inner_address_is_refused_in_every_form(inner: str) -> None:
    with pytest.raises(RefusedAddress):
        LISTED.check_addresses("hooks.example.org", [inner])
    assert not LISTED.may_connect(inner)
    assert LISTED.may_connect("8.8.8.8")


@pytest.mark.parametrize(
    "url", ["http://2130706433/", "http://0177.0.0.1/", "http://127.1/", "http://[::ffff:7f00:1]/"]
)
def test_address_in_disguise_is_refused(url: str) -> None:
    with pytest.raises(RefusedAddress):
        AllowedHosts.of(["hooks.example.org"], require_https=False).check_url(url)


def test_marks_of_links_cannot_come_from_outside() -> None:
    telling = Telling(
        12, "red", "open", dict.fromkeys(Language, f"x{forms.LINK}y"), dict.fromkeys(Language, forms.CONSOLE),
        "o", "r", NOON, None, None,
    )  # fmt: skip
    for form in (Form.MARKDOWN, Form.CARD, Form.SMS, Form.VOICE, Form.MAIL, Form.PUSH, Form.PLAIN):
        subject, content = forms.content(
            form, telling, Reason.OPENED, Language.EN, wording(Language.EN),
            recipient="李某（演示）", post="officer", alert_id=None, may_answer=False,
        )  # fmt: skip
        assert forms.LINK not in subject
        assert forms.LINK not in str(content)


@pytest.mark.parametrize("language", list(Language))
@pytest.mark.parametrize("reason", list(Reason))
@pytest.mark.parametrize("form", [form for form in Form if form is not Form.ENVELOPE])
def test_every_form_is_whole_in_each_language(form: Form, reason: Reason, language: Language) -> None:
    telling = Telling(
        12,
        "red",
        "open",
        dict.fromkeys(Language, "T"),
        dict.fromkeys(Language, "text"),
        "o",
        "r",
        NOON,
        NOON,
        "done",
    )
    subject, content = forms.content(
        form, telling, reason, language, wording(language),
        recipient="李某（演示）", post="leader", alert_id=UUID(int=1), may_answer=forms.asks_for_answer(reason),
    )  # fmt: skip
    assert "{" not in subject
    texts = content if isinstance(content, str) else " ".join(map(str, content.values()))
    assert "{number}" not in texts
    assert "{title}" not in texts
    assert (forms.LINK in texts) == forms.asks_for_answer(reason)


def test_group_chat_is_not_called_together_by_a_name() -> None:
    assert "<" not in markdown_safe("<at id=all></at> <@all>")
    assert "](" not in markdown_safe("[click](https://evil.example.org)")
    assert cut_bytes("好" * 10, 12) == "好好好…"


def test_token_is_the_same_for_every_attempt_and_another_for_every_delivery() -> None:
    links = Links("s" * 32, pages_url="https://a.example.org/", console_url="https://c.example.org/")
    tokens = [links.token(str(UUID(int=number))) for number in (1, 1, 2)]
    assert tokens[0] == tokens[1] != tokens[2]
    assert {len(token) for token in tokens} == {22}
    assert Links("t" * 32, pages_url="", console_url="").token(str(UUID(int=1))) != tokens[0]
    assert len({links.token(str(number)) for number in range(1000)}) == 1000
    assert all(a != b for a, b in pairwise(tokens[1:]))
