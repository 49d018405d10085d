"""How long: minutes, hours or days of a clock, as people write them: ``"15m"``, ``"2h"``, ``"3d"``."""

from __future__ import annotations

import re
from dataclasses import dataclass
from typing import Any

from pydantic import GetCoreSchemaHandler, GetJsonSchemaHandler
from pydantic.json_schema import JsonSchemaValue
from pydantic_core import CoreSchema, core_schema

_SHAPE = re.compile(r"(\d{1,7}(?:\.\d{1,3})?)([mhd])", re.ASCII)
_MINUTES = {"m": 1.0, "h": 60.0, "d": 1440.0}
_YEAR = 525_600


@dataclass(frozen=True, slots=True)
class Span:
    """``amount`` of ``unit``; whole days of a working clock are working days, not so many minutes."""

    amount: float
    unit: str = "m"

    @classmethod
    def parse(cls, value: object) -> Span:
        """A number is minutes. Raises ValueError."""
        if isinstance(value, Span):
            return value
        if isinstance(value, bool):
            raise ValueError("a span is a number of minutes or a text such as 15m, 2h or 3d")
        if isinstance(value, (int, float)):
            found = cls(float(value))
        else:
            match = _SHAPE.fullmatch(value) if isinstance(value, str) else None
            if match is None:
                raise ValueError("a span is a number of minutes or a text such as 15m, 2h or 3d")
            found = cls(float(match[1]), match[2])
        if not 0 <= found.minutes <= _YEAR:
            raise ValueError("a span lies between nothing and a year")
        if found.unit == "d" and found.amount != int(found.amount):
            raise ValueError("days are whole")
        return found

    @property
    def minutes(self) -> float:
        """All of it around the clock."""
        return self.amount * _MINUTES[self.unit]

    def __str__(self) -> str:
        return f"{self.amount:g}{self.unit}"

    @classmethod
    def __get_pydantic_core_schema__(cls, source: Any, handler: GetCoreSchemaHandler) -> CoreSchema:
        return core_schema.no_info_plain_validator_function(
            cls.parse, serialization=core_schema.plain_serializer_function_ser_schema(str)
        )

    @classmethod
    def __get_pydantic_json_schema__(cls, schema: CoreSchema, handler: GetJsonSchemaHandler) -> JsonSchemaValue:
        shape = {"type": "string", "pattern": r"^\d{1,7}(\.\d{1,3})?[mhd]$", "examples": ["15m", "2h", "3d"]}
        return shape if handler.mode == "serialization" else {"anyOf": [shape, {"type": "number", "minimum": 0}]}
