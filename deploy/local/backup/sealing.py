"""A stack's passwords and keys beside its backup: under a passphrase, or not at all."""

import base64
import json
import os
from pathlib import Path

from cryptography.hazmat.primitives.kdf.scrypt import Scrypt

from deploy.local.errors import StackError
from deploy.local.programs import write_atomically
from libs.common.security.envelope import Envelope, SealBroken

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


def seal(secrets: Path, target: Path, passphrase: str) -> None:
    """Write `secrets` to `target`, readable with the passphrase alone."""
    salt = os.urandom(16)
    body = {
        "salt": base64.b64encode(salt).decode(),
        "sealed": _envelope(passphrase, salt).seal(secrets.read_bytes(), _PURPOSE),
    }
    write_atomically(target, json.dumps(body), mode=0o600)


def open_sealed(source: Path, passphrase: str) -> str:
    """The text of the secrets file. Raises StackError for another passphrase."""
    body = json.loads(source.read_text(encoding="utf-8"))
    try:
        return _envelope(passphrase, base64.b64decode(body["salt"])).open(body["sealed"], _PURPOSE).decode()
    except SealBroken as error:
        raise StackError(
            "The passphrase does not open the secrets of this backup.", "Name the right one."
        ) from error


def _envelope(passphrase: str, salt: bytes) -> Envelope:
    # Made slow on purpose: a passphrase is less random than the key that the envelope expects.
    key = Scrypt(salt=salt, length=32, n=2**15, r=8, p=1).derive(passphrase.encode())
    return Envelope(base64.b64encode(key).decode())
