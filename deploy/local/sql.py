"""``duban sql``: the wheel's own psql on a database of the stack, for who has to look into it at night."""

import os
import subprocess
from typing import Annotated

import typer

from deploy.local import control, layout
from deploy.local.errors import StackError
from deploy.local.layout import Settings, default_directory, load_settings
from deploy.local.options import DataOption
from deploy.local.postgres import SUPERUSER, installation
from deploy.local.processes import DATABASES
from deploy.local.secrets import load_secrets


def sql(
    database: Annotated[str, typer.Argument(help="projects, energy, alerts; or postgres, the server's own.")],
    statement: Annotated[
        str | None, typer.Option("--command", "-c", help="One statement; without it psql asks for them.")
    ] = None,
    data: DataOption = None,
) -> None:
    """Look into a database as its superuser. What is changed so leaves no record."""
    place = control.place_of(data or default_directory())
    if database not in {*DATABASES, "postgres"}:
        raise typer.BadParameter(f"one of postgres, {', '.join(DATABASES)}")
    if not place.secrets_file.exists():
        raise StackError(f"There is no stack in {place.directory}.", "Name its directory: --data DIR")
    settings = load_settings(place) or Settings()
    secrets = load_secrets(place.secrets_file, DATABASES)
    command = [str(installation() / "bin" / "psql"), "--no-psqlrc", "--set", "ON_ERROR_STOP=1"]
    command += ["-h", "127.0.0.1", "-p", str(settings.port(layout.POSTGRES)), "-U", SUPERUSER, "-d", database]
    command += ["-c", statement] if statement else []
    # The password goes by the environment: a command line is everybody's to read.
    done = subprocess.run(command, env={**os.environ, "PGPASSWORD": secrets.superuser}, check=False)
    raise typer.Exit(done.returncode)
