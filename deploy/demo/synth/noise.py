"""Seeded noise that is a function of (seed, stream, day), so that any day can be made alone and twice alike."""

from __future__ import annotations

import zlib
from dataclasses import dataclass
from datetime import date
from functools import lru_cache

import numpy as np
from numpy.typing import NDArray

SLOTS = 96
FloatArray = NDArray[np.float64]


@dataclass(frozen=True)
class Noise:
    """Random processes for `count` meters of one family, in standard deviations."""

    seed: int
    family: str
    count: int

    def generator(self, stream: str, day: date) -> np.random.Generator:
        key = zlib.crc32(f"{self.family}/{stream}".encode())
        return np.random.default_rng([self.seed, key, day.toordinal()])

    def constant(self, stream: str) -> np.random.Generator:
        """Draws that belong to the meters, not to a day."""
        return np.random.default_rng([self.seed, zlib.crc32(f"{self.family}/{stream}".encode())])

    def white(self, stream: str, day: date) -> FloatArray:
        """[count, 96] independent standard normals."""
        return self.generator(stream, day).standard_normal((self.count, SLOTS))

    def smooth(self, stream: str, day: date, knots_per_day: int = 1) -> FloatArray:
        """[count, 96] a continuous process: normals at the knots, straight lines between, over midnight too."""
        here = self._knots(stream, day, knots_per_day)
        there = self._knots(stream, date.fromordinal(day.toordinal() + 1), knots_per_day)
        knots = np.concatenate([here, there[:, :1]], axis=1)
        weights = _interpolation(knots_per_day)
        return knots @ weights

    def _knots(self, stream: str, day: date, per_day: int) -> FloatArray:
        return self.generator(stream, day).standard_normal((self.count, per_day))


@lru_cache(maxsize=16)
def _interpolation(knots_per_day: int) -> FloatArray:
    """[knots + 1, 96] weights of straight lines between knots."""
    position = np.arange(SLOTS) * knots_per_day / SLOTS
    left = position.astype(int)
    share = position - left
    weights = np.zeros((knots_per_day + 1, SLOTS))
    columns = np.arange(SLOTS)
    weights[left, columns] = 1.0 - share
    weights[left + 1, columns] = share
    return weights
