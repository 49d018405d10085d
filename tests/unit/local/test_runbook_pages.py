"""The two languages of the runbook say the same commands, and each of them is one that exists."""

import re

import typer

from deploy.local.cli import app
from deploy.local.doctor.findings import SECTIONS
from tests.support.runbook import PAGES, ROOT, sections


def test_both_pages_have_the_same_sections_and_commands() -> None:
    english, chinese = (sections(page) for page in PAGES)
    assert english == chinese
    assert set(SECTIONS.values()) <= english.keys()
    assert all(english[section] for section in SECTIONS.values())


def test_each_command_exists_when_it_is_named() -> None:
    known = set(typer.main.get_command(app).commands)  # type: ignore[attr-defined]
    for page in PAGES:
        named = re.findall(r"\bduban ([a-z]+)", (ROOT / "docs" / page).read_text(encoding="utf-8"))
        assert set(named) <= known


def test_links_within_a_page_lead_somewhere() -> None:
    for page in PAGES:
        text = (ROOT / "docs" / page).read_text(encoding="utf-8")
        assert set(re.findall(r"\]\(#([a-z-]+)\)", text)) <= sections(page).keys()
