"""Forms of the ledger's values. Money is whole yuan, written as a decimal text; days are local."""

from decimal import Decimal
from typing import Annotated, Any

from pydantic import Field, StringConstraints

Yuan = Annotated[Decimal, Field(ge=0, max_digits=18, decimal_places=0, description="Whole yuan.")]
Output = Annotated[Decimal, Field(gt=0, max_digits=18, decimal_places=3)]
Unit = Annotated[str, StringConstraints(strip_whitespace=True, min_length=1, max_length=32)]
Text = Annotated[str, StringConstraints(strip_whitespace=True, max_length=2000)]
Short = Annotated[str, StringConstraints(strip_whitespace=True, min_length=1, max_length=500)]
Reason = Annotated[str, StringConstraints(strip_whitespace=True, min_length=1, max_length=1000)]
ParkCode = Annotated[str, StringConstraints(pattern=r"^[A-Za-z0-9][A-Za-z0-9._-]{0,63}$")]
ProjectCode = Annotated[
    str,
    StringConstraints(pattern=r"^[A-Za-z0-9][A-Za-z0-9._/-]{0,63}$"),
    Field(description="投资项目代码, or another code that is unique in the ledger."),
]
Amount = Annotated[Decimal, Field(gt=0, max_digits=18, decimal_places=0, description="Whole yuan, above zero.")]
ConfirmAmount = Annotated[
    bool,
    Field(description="True: amounts that look like 万元 typed as 元, or the reverse, are meant as they are."),
]


def in_whole_yuan(facts: dict[str, Any]) -> dict[str, Any]:
    """The same facts with money as the integers that the ledger keeps."""
    return {
        name: int(value) if name.endswith("_yuan") and value is not None else value
        for name, value in facts.items()
    }
