"""Bodies of the imports of meters."""

from pydantic import BaseModel, Field


class ImportFault(BaseModel):
    """``row`` and ``column`` as the file shows them."""

    row: int
    column: str | None
    code: str
    message: str


class ImportReport(BaseModel):
    """What an import did, or in a dry run would do. All rows or none are taken."""

    dry_run: bool
    rows: int
    created: int
    changed: int
    unchanged: int
    faults: list[ImportFault] = Field(description="The first 1000; in a dry run only, else the import is refused.")
