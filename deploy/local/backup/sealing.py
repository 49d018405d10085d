"""The passphrase of backups; and the stack's secrets in those of before, which encrypted nothing else."""

import base64
import json
from pathlib import Path

from deploy.local.backup.keys import envelope
from deploy.local.errors import StackError
from libs.common.security.envelope import SealBroken

SHORTEST_PASSPHRASE = 16
_PURPOSE = "duban backup secrets"


def passphrase_in(file: Path) -> str:
    """Raises StackError for a file that cannot be read or holds too little."""
    try:
        found = file.read_text(encoding="utf-8").strip()
    except OSError as error:
        raise StackError(
            f"{file} cannot be read: {error.strerror}.", "Name the file with the passphrase."
        ) from error
    if len(found) < SHORTEST_PASSPHRASE:
        raise StackError(
            f"The passphrase in {file} has {len(found)} characters.", f"It needs at least {SHORTEST_PASSPHRASE}."
        )
    return found


def open_sealed(source: Path, passphrase: str) -> str:
    """The text of the secrets file. Raises StackError for another passphrase."""
    body = json.loads(source.read_text(encoding="utf-8"))
    try:
        return envelope(passphrase, base64.b64decode(body["salt"])).open(body["sealed"], _PURPOSE).decode()
    except SealBroken as error:
        raise StackError(
            "The passphrase does not open the secrets of this backup.", "Name the right one."
        ) from error
