"""What became of a list."""

from pydantic import BaseModel, Field


class ListRejection(BaseModel):
    line: int = Field(description="The row as the spreadsheet or editor numbers it.")
    column: str = Field(description="Its heading; empty where no column is meant.")
    code: str
    message: str = Field(description="In the caller's language.")


class ListReport(BaseModel):
    rows: int = Field(description="Entries in the file.")
    created: int
    changed: int
    unchanged: int
    rejected: int
    rejections: list[ListRejection] = Field(description="The first 1000 of them.")
