"""Many numbers are found at once, as a dictionary finds each."""

import numpy as np
from hypothesis import given, settings
from hypothesis import strategies as st

from services.energy.metering.domain.numbers import NOT_FOUND, MeterNumbers

texts = st.text(st.characters(codec="utf-8", exclude_characters="\n"), max_size=12)


@settings(max_examples=50)
@given(st.dictionaries(texts, st.integers(0, 2**31 - 1), max_size=60), st.lists(texts, max_size=20), st.data())
def test_index_is_the_dictionarys_when_numbers_are_put_in_turns(
    known: dict[str, int], others: list[str], data: st.DataObject
) -> None:
    numbers = MeterNumbers()
    names = list(known)
    cut = data.draw(st.integers(0, len(names)))
    for part in (names[:cut], names[cut:], names[:cut]):
        numbers.put(part, [known[name] for name in part])
    assert len(numbers) == len(known)
    asked = [*names, *others]
    encoded = [text.encode() for text in asked]
    body = b"\n".join(encoded)
    length = np.array([len(text) for text in encoded], np.int32)
    start = (np.cumsum(length + 1) - length - 1).astype(np.int32)
    found = numbers.find_all(body, start, length)
    assert found.tolist() == [known.get(text, NOT_FOUND) for text in asked]


def test_every_meter_is_found_when_the_table_has_grown() -> None:
    numbers = MeterNumbers()
    names = [f"42122400{number:06d}" for number in range(5000)]
    for first in range(0, 5000, 700):
        numbers.put(names[first : first + 700], list(range(first, min(5000, first + 700))))
    body = "".join(names).encode()
    start = np.arange(5000, dtype=np.int32) * 14
    assert numbers.find_all(body, start, np.full(5000, 14, np.int32)).tolist() == list(range(5000))
