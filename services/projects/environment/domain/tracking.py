"""The code by which a complainant follows an appeal without an account: shown once, kept as a hash.

25 letters and digits of Crockford's alphabet carry 125 random bits: nobody finds one by trying, and a person can
copy it from paper. What is easily misread is understood: O as 0, I and L as 1, case and dashes do not matter.
"""

from __future__ import annotations

import hashlib
import secrets

_ALPHABET = "0123456789ABCDEFGHJKMNPQRSTVWXYZ"
_LENGTH = 25
_GROUP = 5
_MISREAD = str.maketrans({"O": "0", "I": "1", "L": "1", "-": None, " ": None})


def new_code() -> str:
    """A fresh code, ``XXXXX-XXXXX-XXXXX-XXXXX-XXXXX``."""
    text = "".join(secrets.choice(_ALPHABET) for _ in range(_LENGTH))
    return "-".join(text[start : start + _GROUP] for start in range(0, _LENGTH, _GROUP))


def hash_of(code: str) -> str:
    """The form in which a code is stored and looked up, whatever way it was typed."""
    return hashlib.sha256(code.upper().translate(_MISREAD).encode()).hexdigest()
