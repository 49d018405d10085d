"""Options that several groups of the command have."""

from pathlib import Path
from typing import Annotated

import typer

from deploy.local.layout import DEFAULT_PORT_BASE

BrokersOption = Annotated[
    int | None,
    typer.Option("--brokers", help="Kafka brokers, 1 or 3; chosen at the first start. Of 3 one may be lost."),
]
EnergyWorkersOption = Annotated[
    int | None,
    typer.Option("--energy-workers", help="Processes that merge readings; may change while the stack runs."),
]
AlertsWorkersOption = Annotated[
    int | None,
    typer.Option("--alerts-workers", help="Processes that chase and deliver; may change while the stack runs."),
]
InsideTlsOption = Annotated[
    bool | None,
    typer.Option(
        "--inside-tls/--no-inside-tls",
        help="Brokers speak TLS alone and know each service by its certificate; may change at any start.",
    ),
]
DataOption = Annotated[
    Path | None,
    typer.Option("--data", help="Directory of the stack. Default: DUBAN_DATA or .duban in the checkout."),
]
PortOption = Annotated[
    int | None,
    typer.Option(
        "--port-base",
        min=1024,
        max=65_000,
        help=f"First of the stack's ports. Default: as before, at first {DEFAULT_PORT_BASE}.",
    ),
]
SpeedOption = Annotated[float, typer.Option("--speed", min=0, help="Stack seconds in a real second.")]
