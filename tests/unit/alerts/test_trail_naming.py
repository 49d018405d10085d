"""Whom the trail names: ids are written, names are shown while they are known."""

from __future__ import annotations

from services.alerts.trail.domain.naming import named, nameless, persons_in

FACTS = {
    "reason": "opened",
    "recipients": [
        {"person_id": "p1", "name": "陈（演示）", "post": "officer", "ways": ["mail"]},
        {"person_id": None, "name": "值班台", "ways": ["webhook"]},
    ],
    "stand_in": {"person_id": "p2", "name": "李（演示）"},
    "other": None,
}


def test_no_name_of_a_person_is_written_into_the_trail() -> None:
    written = nameless(FACTS)
    assert "演示" not in str(written)
    # A channel is nobody.
    assert written["recipients"][1] == FACTS["recipients"][1]  # type: ignore[index]
    assert sorted(persons_in(written)) == ["p1", "p2"]
    assert nameless({"person_id": "p1", "recipient": "陈（演示）", "ways": []}) == {"person_id": "p1", "ways": []}


def test_name_is_shown_while_it_is_known_and_not_when_its_person_is_forgotten() -> None:
    shown = named(nameless(FACTS), {"p1": "陈建（演示）", "p2": ""})
    assert shown["recipients"][0]["name"] == "陈建（演示）"
    assert "name" not in shown["stand_in"]
    assert shown["recipients"][1]["name"] == "值班台"
    # Entries of before hold names: they are not shown any more either.
    assert "李" not in str(named(FACTS, {"p1": "陈建（演示）"}))
