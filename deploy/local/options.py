"""Options that several groups of the command have."""

from pathlib import Path
from typing import Annotated

import typer

DataOption = Annotated[
    Path | None,
    typer.Option("--data", help="Directory of the stack. Default: DUBAN_DATA or .duban in the checkout."),
]
