from datetime import date
from enum import StrEnum
from pathlib import Path

import pytest

from libs.common.web.catalogue import Catalogue, negotiate


class Stage(StrEnum):
    SIGNED = "signed"
    STARTED = "started"


@pytest.fixture
def catalogue(tmp_path: Path) -> Catalogue:
    (tmp_path / "en.json").write_text(
        '{"a.late": {"title": "Late", "detail": "Due {due_on}, {stage}; {items}; {unknown}"}}', encoding="utf-8"
    )
    (tmp_path / "zh-CN.json").write_text(
        '{"a.late": {"title": "逾期", "detail": "{stage}"}, "term.Stage.signed": {"title": "签约"}}',
        encoding="utf-8",
    )
    return Catalogue([tmp_path])


@pytest.mark.parametrize(
    ("header", "language"),
    [
        (None, "zh-CN"),
        ("", "zh-CN"),
        ("zh", "zh-CN"),
        ("zh-Hans-CN", "zh-CN"),
        ("zh-TW;q=0.3", "zh-CN"),
        ("en", "en"),
        ("en-GB,en;q=0.9", "en"),
        ("en,zh", "en"),
        ("zh,en", "zh-CN"),
        ("zh;q=0.5,en;q=0.8", "en"),
        ("zh;q=0.8, en;q=0.8, fr", "zh-CN"),
        ("fr", "zh-CN"),
        ("fr, *;q=0.1", "zh-CN"),
        ("*", "zh-CN"),
        ("zh;q=0, *", "en"),
        ("zh;q=0", "en"),
        ("en;q=0", "zh-CN"),
        ("en;q=abc, zh;q=0.1", "zh-CN"),
        ("en;q=9", "en"),
        (";;,=,q", "zh-CN"),
    ],
)
def test_language_is_the_one_preferred_when_header_weighs_several(header: str | None, language: str) -> None:
    assert negotiate(header) == language


def test_detail_shows_values_for_people_when_parameters_are_typed(catalogue: Catalogue) -> None:
    params = {"due_on": date(2026, 9, 15), "stage": Stage.SIGNED, "items": ["b", "a"]}

    assert catalogue.detail("a.late", "en", params) == "Due 2026-09-15, signed; b, a; {unknown}"
    assert catalogue.detail("a.late", "zh-CN", params) == "签约"


def test_title_is_the_code_when_no_entry_exists(catalogue: Catalogue) -> None:
    assert catalogue.title("a.unheard_of", "en") == "a.unheard_of"
    assert catalogue.detail("a.unheard_of", "en", {}) == ""


@pytest.mark.parametrize("text", ['{"not_found": {"title": "twice"}}', '{"x": "flat"}', '{"x": {"detail": "d"}}'])
def test_catalogue_is_refused_when_an_entry_is_doubled_or_broken(tmp_path: Path, text: str) -> None:
    for language in ("en", "zh-CN"):
        (tmp_path / f"{language}.json").write_text(text, encoding="utf-8")

    with pytest.raises(ValueError, match=r"not_found|x"):
        Catalogue([tmp_path])
