"""Texts, stamps and labels of a scanned body: columns of places in its bytes, strings only for those asked for."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import overload

import numpy as np
from numpy.typing import NDArray

from services.energy.metering.domain.quality import Quality

Places = NDArray[np.int32]


class Texts(Sequence[str]):
    """ASCII texts within ``body``; ``start`` and ``length``: one entry a text."""

    def __init__(self, body: bytes, start: Places, length: Places) -> None:
        self.body, self.start, self.length = body, start, length

    def __len__(self) -> int:
        return len(self.start)

    @overload
    def __getitem__(self, place: int) -> str: ...
    @overload
    def __getitem__(self, place: slice) -> Texts: ...
    def __getitem__(self, place: int | slice) -> str | Texts:
        if isinstance(place, slice):
            return Texts(self.body, self.start[place], self.length[place])
        start = int(self.start[place])
        return self.body[start : start + int(self.length[place])].decode("ascii")


class Stamps(Texts):
    """Stamps or dates with their ``numbers``: Unix seconds or days since 1970, as the texts' own parser gives."""

    def __init__(self, texts: Texts, numbers: NDArray[np.int64]) -> None:
        super().__init__(texts.body, texts.start, texts.length)
        self.numbers = numbers


def read_rest(texts: Texts, numbers: NDArray[np.int64], unread: int, parse: Callable[[str], int]) -> Stamps:
    """Parse the stamps that the loop left as ``unread``, each distinct text once."""
    known: dict[str, int] = {}
    for place in np.flatnonzero(numbers == unread).tolist():
        text = texts[place]
        number = known.get(text)
        if number is None:
            number = known[text] = parse(text)
        numbers[place] = number
    return Stamps(texts, numbers)


class Labels(Sequence[str]):
    """Labels of qualities by their ``codes``."""

    _LABEL = tuple(quality.label for quality in Quality)

    def __init__(self, codes: NDArray[np.uint8]) -> None:
        self.codes = codes

    def __len__(self) -> int:
        return len(self.codes)

    @overload
    def __getitem__(self, place: int) -> str: ...
    @overload
    def __getitem__(self, place: slice) -> Labels: ...
    def __getitem__(self, place: int | slice) -> str | Labels:
        if isinstance(place, slice):
            return Labels(self.codes[place])
        return self._LABEL[int(self.codes[place])]
