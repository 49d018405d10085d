"""``duban audit``: the audit chains of all services, checked by their own command."""

from typing import Annotated

import typer

from deploy.local import control
from deploy.local.layout import default_directory
from deploy.local.options import DataOption
from deploy.local.processes import DATABASES

audit_app = typer.Typer(help="The audit records of the services.", no_args_is_help=True)


@audit_app.callback()
def _group() -> None:
    """The audit records of the services."""


@audit_app.command()
def verify(
    service: Annotated[
        list[str] | None, typer.Option(help="Only this service; may be given several times.")
    ] = None,
    anchor: Annotated[
        str | None,
        typer.Option(metavar="SEQUENCE:HASH", help="A head seen earlier; with one --service."),
    ] = None,
    as_json: Annotated[bool, typer.Option("--json", help="Reports as JSON, one a line.")] = False,
    data: DataOption = None,
) -> None:
    """Check every link. Exit code 0: intact, 1: broken (the first bad entry is named), 3: no answer."""
    chosen = tuple(service or DATABASES)
    unknown = set(chosen) - set(DATABASES)
    if unknown or (anchor is not None and len(chosen) != 1):
        raise typer.BadParameter(f"one of {', '.join(DATABASES)}; an anchor belongs to one of them")
    arguments = ["audit", "verify", *(["--anchor", anchor] if anchor else []), *(["--json"] if as_json else [])]
    place = control.place_of(data or default_directory())
    codes = [control.run_service_command(place, name, arguments) for name in chosen]
    # A broken chain is worse news than one that could not be asked.
    raise typer.Exit(1 if 1 in codes else max(codes))
