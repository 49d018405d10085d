"""``duban keys`` and ``duban secrets``: what signs and what seals is replaced."""

import secrets as randomness
from dataclasses import replace
from typing import Annotated

import typer

from deploy.local import control
from deploy.local.errors import StackError
from deploy.local.layout import default_directory
from deploy.local.options import DataOption
from deploy.local.processes import DATABASES
from deploy.local.secrets import load_secrets, save_secrets
from deploy.local.status import supervisor_of

keys_app = typer.Typer(help="The keys that sign tokens.", no_args_is_help=True)
secrets_app = typer.Typer(help="The key under which secrets rest sealed.", no_args_is_help=True)


@keys_app.callback()
def _keys() -> None:
    """The keys that sign tokens."""


@keys_app.command(name="rotate")
def rotate_keys(
    at_once: Annotated[
        bool, typer.Option("--at-once", help="Withdraw the old keys now: everybody signs in again.")
    ] = False,
    data: DataOption = None,
) -> None:
    """Sign tokens with a new key; those of the old one are believed until they are over."""
    place = control.place_of(data or default_directory())
    arguments = ["keys", "rotate", *(["--at-once"] if at_once else [])]
    raise typer.Exit(control.run_service_command(place, "projects", arguments))


@secrets_app.command(name="rotate")
def rotate_secret(data: DataOption = None) -> None:
    """Make another secret key while the stack is down; it still opens what the old one sealed."""
    place = control.place_of(data or default_directory())
    if supervisor_of(place) is not None:
        raise StackError(f"A stack runs in {place.directory}.", "End it first: `duban down`.")
    if not place.secrets_file.exists():
        raise StackError(f"There is no stack in {place.directory}.", "Start it with `duban up`.")
    known = load_secrets(place.secrets_file, DATABASES)
    previous = [known.secret_key, *known.previous_secret_keys]
    made = replace(known, secret_key=randomness.token_urlsafe(48), previous_secret_keys=previous)
    save_secrets(place.secrets_file, made)
    typer.echo("Another secret key is in use from the next start. Then: duban up; duban secrets reseal")


@secrets_app.command()
def reseal(data: DataOption = None) -> None:
    """Seal everything anew with the present key and forget the old ones."""
    place = control.place_of(data or default_directory())
    for service in DATABASES:
        code = control.run_service_command(place, service, ["secrets", "reseal"])
        if code:
            raise typer.Exit(code)
    known = load_secrets(place.secrets_file, DATABASES)
    if known.previous_secret_keys:
        save_secrets(place.secrets_file, replace(known, previous_secret_keys=[]))
        typer.echo("The old keys are forgotten from the next start.")
