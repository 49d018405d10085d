"""What a notice says, the page behind its link, and the link itself."""

from dataclasses import replace
from datetime import UTC, datetime
from uuid import UUID, uuid4

import pytest
from hypothesis import given
from hypothesis import strategies as st

from services.alerts.notices.domain.links import NoticeLinks
from services.alerts.notices.domain.wording import NoticeWords, body, page, subject
from services.alerts.notices.wording import wording

LINKS = NoticeLinks(b"a secret", "https://alerts.example")
WORDS = NoticeWords("9月通报", "内容 {x}", "https://docs.example/9", True, datetime(2026, 9, 18, 9, tzinfo=UTC))


def test_link_leads_to_its_receipt_and_nobody_can_make_another() -> None:
    receipt = uuid4()
    token = LINKS.url(receipt).removeprefix("https://alerts.example/v1/notices/links/")
    assert LINKS.receipt_of(token) == receipt
    assert NoticeLinks(b"another secret", "x").receipt_of(token) is None
    assert LINKS.receipt_of(token[:-1] + ("A" if token[-1] != "A" else "B")) is None
    assert LINKS.token(UUID(int=receipt.int + 1)) != token


@given(st.text())
def test_text_that_is_no_link_leads_nowhere(text: str) -> None:
    assert LINKS.receipt_of(text) is None


@pytest.mark.parametrize("language", ["zh-CN", "en"])
@pytest.mark.parametrize("reason", ["sent", "reminded", "overdue"])
def test_mail_names_recipient_deadline_and_link_in_both_languages(language: str, reason: str) -> None:
    texts = wording(language)
    text = body(WORDS, texts, reason, recipient="张三（演示）", url="https://x")
    for part in ("张三（演示）", "内容 {x}", "2026-09-18 17:00", "https://x"):
        assert part in text
    assert "9月通报" in subject(WORDS, texts, reason)
    assert "\n" not in subject(replace(WORDS, title="a\r\nBcc: x"), texts, reason)


def test_page_runs_nothing_that_a_title_holds() -> None:
    html = page(replace(WORDS, title="<script>x</script>"), wording("en"), "en", path="/p", state="open")
    assert "<script>" not in html
    assert 'action="/p/confirmations"' in html
    assert 'action="/p/reads"' in html


@pytest.mark.parametrize(("state", "buttons"), [("open", 2), ("done", 1), ("withdrawn", 0)])
def test_page_asks_only_for_what_is_still_to_do(state: str, buttons: int) -> None:
    assert page(WORDS, wording("zh-CN"), "zh-CN", path="/p", state=state).count("<form") == buttons


def test_both_languages_have_the_same_words() -> None:
    assert wording("zh-CN").keys() == wording("en").keys()
