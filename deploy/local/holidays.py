"""``duban calendar``: the days of a year's notice, recorded through the service's own API."""

import csv
import os
from datetime import date
from pathlib import Path
from typing import Annotated, Any

import httpx
import typer

from deploy.local import control
from deploy.local.errors import StackError
from deploy.local.layout import default_directory, load_stack
from deploy.local.options import DataOption

calendar_app = typer.Typer(help="Working days that differ from the known calendar.", no_args_is_help=True)
_COLUMNS = ["on", "working", "note"]


@calendar_app.callback()
def _group() -> None:
    """Working days that differ from the known calendar."""


@calendar_app.command()
def record(
    file: Annotated[Path, typer.Argument(help="CSV with a heading: on,working,note (2027-01-01,no,元旦).")],
    username: Annotated[str, typer.Option(help="An administrator; see DUBAN_PASSWORD.")] = "admin",
    data: DataOption = None,
) -> None:
    """Record each day of the file; repeating it changes nothing."""
    stack = load_stack(control.place_of(data or default_directory()))
    if not stack:
        raise StackError("There is no stack here.", "Name its directory: --data DIR")
    days = read_days(file)
    password = os.environ.get("DUBAN_PASSWORD") or _known_password(stack, username)
    with httpx.Client(base_url=stack["projects"], timeout=30, trust_env=False) as client:
        answer = client.post("/v1/tokens", json={"username": username, "password": password})
        token = _checked(answer, "signing in").json()["access_token"]
        client.headers["Authorization"] = f"Bearer {token}"
        for on, working, note in days:
            body = {"working": working, "note": note}
            _checked(client.put(f"/v1/calendar-days/{on.isoformat()}", json=body), on.isoformat())
    typer.echo(f"{len(days)} days are recorded.")


def read_days(file: Path) -> list[tuple[date, bool, str]]:
    """The days of a file. Raises StackError naming line and column."""
    found = []
    try:
        with file.open(encoding="utf-8-sig", newline="") as lines:
            rows = csv.DictReader(lines)
            if rows.fieldnames != _COLUMNS:
                raise StackError(f"{file}: the heading has to be {','.join(_COLUMNS)}.")
            for number, row in enumerate(rows, start=2):
                try:
                    on = date.fromisoformat(row["on"])
                except ValueError as error:
                    raise StackError(f"{file}, line {number}, on: {row['on']} is no date.") from error
                if row["working"] not in {"yes", "no"}:
                    raise StackError(f"{file}, line {number}, working: yes or no is wanted.")
                found.append((on, row["working"] == "yes", row["note"] or ""))
    except OSError as error:
        raise StackError(f"{file} cannot be read: {error.strerror}.") from error
    return found


def _known_password(stack: dict[str, Any], username: str) -> str:
    for login in stack["logins"]:
        if login["username"] == username:
            return str(login["password"])
    raise StackError(f"The password of {username} is not known here.", "Give it in DUBAN_PASSWORD.")


def _checked(answer: httpx.Response, what: str) -> httpx.Response:
    if answer.is_error:
        raise StackError(f"{what}: refused with {answer.status_code}: {answer.text[:300]}")
    return answer
