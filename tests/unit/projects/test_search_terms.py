"""How texts become terms and queries find them again."""

from __future__ import annotations

import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from services.projects.search_index.domain.snippet import SNIPPET, highlight, snippet
from services.projects.search_index.domain.terms import MAX_WORD, Term, normalise, parse_query, terms_of


@pytest.mark.parametrize(
    ("text", "terms"),
    [
        ("风电场", {"场", "风电", "电场"}),
        ("水", {"水"}),
        ("110千伏变电站", {"110", "站", "千伏", "伏变", "变电", "电站"}),
        ("2025-421224-44", {"2025", "421224", "44"}),
        ("通山,石材", {"山", "材", "通山", "石材"}),
        ("", set()),
        ("—…！", set()),
    ],
)
def test_text_is_taken_apart(text: str, terms: set[str]) -> None:
    assert terms_of(text) == terms


@pytest.mark.parametrize(
    ("query", "terms"),
    [
        ("风电场", [Term("风电场", frozenset({"风电", "电场"}))]),
        ("山", [Term("山", frozenset(), "山")]),
        ("通山 水泥", [Term("通山", frozenset({"通山"})), Term("水泥", frozenset({"水泥"}))]),
        ("Ｗind　ＰＡＲＫ", [Term("wind", frozenset(), "wind"), Term("park", frozenset(), "park")]),
        ("“wind park”", [Term("wind park", frozenset({"wind"}), "park")]),
        ("110千伏", [Term("110千伏", frozenset({"110", "千伏"}))]),
        ("a1 a1", [Term("a1", frozenset(), "a1")]),
        ("（二期）", [Term("二期", frozenset({"二期"}))]),
        ("'; DROP & | ! <-> :*", [Term("drop", frozenset(), "drop")]),
        ("!!! ---", []),
        ('"', []),
        ("   ", []),
    ],
)
def test_query_is_understood(query: str, terms: list[Term]) -> None:
    assert list(parse_query(query)) == terms


def finds(query: str, text: str) -> bool:
    """What the index does, in Python: all terms among the text's, and the term's text in it."""
    shown = normalise(text)
    known = terms_of(shown)
    return all(
        term.words <= known
        and (term.prefix is None or any(word.startswith(term.prefix) for word in known))
        and term.text in shown
        for term in parse_query(query)
    )


@given(st.text(st.characters(min_codepoint=0x4E00, max_codepoint=0x4E20), min_size=1, max_size=40), st.data())
def test_any_run_of_a_chinese_text_is_found(text: str, data: st.DataObject) -> None:
    begin = data.draw(st.integers(0, len(text) - 1))
    end = data.draw(st.integers(begin + 1, len(text)))
    assert finds(text[begin:end], text)


@given(st.text(min_size=1, max_size=60))
def test_every_query_is_read_and_holds_nothing_that_needs_escaping(query: str) -> None:
    for term in parse_query(query):
        words = {*term.words, *([term.prefix] if term.prefix else [])}
        assert words
        assert all(word.isalnum() or not word.isascii() for word in words)
        assert not any(sign in word for word in words for sign in "'\\&|!<>:()* ")


@given(st.text(max_size=200))
@example("»0»0")
def test_a_text_finds_itself_when_it_is_looked_for_in_quotes(text: str) -> None:
    whole = normalise(text).replace('"', " ")
    if len(whole) < MAX_WORD and "\x00" not in text:
        assert finds(f'"{normalise(whole)}"', whole)


def test_pairs_alone_prove_nothing_when_a_query_is_longer() -> None:
    assert finds("山县", "通山县")
    assert not finds("通山城", "通山在山城")
    assert parse_query("山县")[0].is_proven_by_words
    assert not parse_query("通山县")[0].is_proven_by_words


def shown(parts: tuple[object, ...]) -> str:
    return "".join(f"[{part.text}]" if part.hit else part.text for part in parts)  # type: ignore[attr-defined]


@pytest.mark.parametrize(
    ("text", "wanted", "marked"),
    [
        ("九宫山风力电场一期", ["风力", "一期"], "九宫山[风力]电场[一期]"),
        ("ＡＢＣ公司 abc", ["abc"], "[ＡＢＣ]公司 [abc]"),
        ("ﬁne", ["f"], "[ﬁ]ne"),
        ("two   words", ["two words"], "[two   words]"),
        ("nothing", ["否"], "nothing"),
        ("", ["x"], ""),
    ],
)
def test_hits_are_marked_in_the_text_as_it_is_written(text: str, wanted: list[str], marked: str) -> None:
    assert shown(highlight(text, wanted)) == marked


def test_snippet_begins_shortly_before_the_first_hit() -> None:
    text = "甲" * 500 + "纪要" + "乙" * 500
    piece = shown(snippet(text, ["纪要"]))
    assert piece == "…" + "甲" * 30 + "[纪要]" + "乙" * (SNIPPET - 32) + "…"
    assert shown(snippet("短文", ["文"])) == "短[文]"


@given(st.text(max_size=300), st.lists(st.text(min_size=1, max_size=3), max_size=3))
def test_parts_make_up_the_text(text: str, wanted: list[str]) -> None:
    assert "".join(part.text for part in highlight(text, [normalise(one) for one in wanted])) == text
