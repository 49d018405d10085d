"""The key of a directory of backups: random, and kept beside them sealed under a passphrase.

`key.json` stands in the directory and in each base backup, so that one lost file loses nothing.
"""

import base64
import json
import os
from pathlib import Path

from cryptography.hazmat.primitives.kdf.scrypt import Scrypt

from deploy.local.backup.sealed_files import KEY_BYTES, ArchiveKey
from deploy.local.errors import BackupDamaged, StackError
from deploy.local.programs import write_atomically
from libs.common.security.envelope import Envelope, SealBroken

KEY_FILE = "key.json"
_PURPOSE = "duban backup key"
_FORMAT = 1
# scrypt: 32 MiB and about a tenth of a second, OWASP's floor for it is of this size.
_COST, _BLOCKS = 2**15, 8
# What a file may ask of us: a changed one must not take all memory.
_MOST_COST, _MOST_BLOCKS = 2**20, 16


def key_for_writing(directory: Path, passphrase: str | None) -> ArchiveKey | None:
    """The key under which files are put into `directory`; made at the first passphrase, None while there was none.

    Raises StackError where the directory has a key and no passphrase, or another, is given.
    """
    file = directory / KEY_FILE
    if file.exists():
        return opened_key(file, passphrase)
    if passphrase is None:
        return None
    key = ArchiveKey(os.urandom(KEY_BYTES))
    salt = os.urandom(16)
    body = {
        "format": _FORMAT,
        "kdf": {"name": "scrypt", "n": _COST, "r": _BLOCKS, "p": 1, "salt": base64.b64encode(salt).decode()},
        "sealed": envelope(passphrase, salt).seal(key.raw, _PURPOSE),
    }
    write_atomically(file, json.dumps(body, indent=2), mode=0o600)
    return key


def opened_key(file: Path, passphrase: str | None) -> ArchiveKey:
    """Raises StackError for no or another passphrase, BackupDamaged for a file that holds no key."""
    if passphrase is None:
        raise StackError(
            f"The backups in {file.parent} are encrypted.", "Name their passphrase: --passphrase-file FILE"
        )
    try:
        body = json.loads(file.read_text(encoding="utf-8"))
        known = body["kdf"]
        cost, blocks = int(known["n"]), int(known["r"])
        if body["format"] != _FORMAT or cost > _MOST_COST or blocks > _MOST_BLOCKS:
            raise ValueError("its form is unknown")
        sealing = envelope(passphrase, base64.b64decode(known["salt"]), cost, blocks)
        sealed = str(body["sealed"])
    except (OSError, ValueError, KeyError, TypeError) as error:
        raise BackupDamaged(
            f"{file} is damaged: {error!r}",
            "Put a whole copy of it there; each base backup has one.",
        ) from error
    try:
        return ArchiveKey(sealing.open(sealed, _PURPOSE))
    except SealBroken as error:
        raise StackError(
            f"The passphrase does not open the backups in {file.parent}.",
            "Name the one under which the first of them was made.",
        ) from error


def envelope(passphrase: str, salt: bytes, cost: int = _COST, blocks: int = _BLOCKS) -> Envelope:
    # Made slow on purpose: a passphrase is less random than the key that the envelope expects.
    key = Scrypt(salt=salt, length=32, n=cost, r=blocks, p=1).derive(passphrase.encode())
    return Envelope(base64.b64encode(key).decode())
