"""Checks an export of trails with nothing but the standard library and an Ed25519 of somebody else."""

import base64
import hashlib
import json
import sys
from pathlib import Path

from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PublicKey


def hashed(algorithm: str, data: bytes) -> bytes:
    return hashlib.new(algorithm, data).digest()


def main(path: str, trusted: str) -> int:
    seals: dict[int, dict[str, str]] = {}
    heads: dict[str, list[str]] = {}
    proven, total = 0, hashlib.sha256()
    key = Ed25519PublicKey.from_public_bytes(base64.b64decode(trusted))
    for raw in Path(path).read_bytes().splitlines(keepends=True):
        line = json.loads(raw)
        kind = line.pop("type")
        if kind == "end":
            assert line["sha256"] == total.hexdigest(), "lines are missing or were changed"
            sys.stdout.write(f"{proven} alerts proven\n")
            return 0
        total.update(raw)
        if kind == "seal":
            key.verify(base64.b64decode(line["signature"]), line["digest"].encode())
            algorithm = line["digest"].split(":")[0]
            assert line["digest"] == f"{algorithm}:{hashed(algorithm, line['body'].encode()).hex()}", (
                "seal changed"
            )
            seals[line["sequence"]] = json.loads(line["body"])
        elif kind == "entry":
            chain = heads.setdefault(line["alert_id"], [line["previous"]])
            assert (line["previous"], line["seq"]) == (chain[-1], len(chain)), "chain broken"
            fields = [line[name] for name in ("alert_id", "seq", "kind", "at", "actor", "facts", "previous")]
            algorithm = line["digest"].split(":")[0]
            text = json.dumps(fields, ensure_ascii=False).encode()
            assert line["digest"] == f"{algorithm}:{hashed(algorithm, text).hex()}", "entry changed"
            chain.append(line["digest"])
        elif kind == "proof":
            assert heads[line["alert_id"]][line["length"]] == line["head"], "another head was sealed"
            algorithm, _, root = seals[line["seal"]]["root"].partition(":")
            found = hashed(algorithm, f"\0{line['alert_id']}|{line['length']}|{line['head']}".encode())
            for side, other in line["path"]:
                pair = bytes.fromhex(other) + found if side == "left" else found + bytes.fromhex(other)
                found = hashed(algorithm, b"\1" + pair)
            assert found.hex() == root, "not in the seal"
            proven += 1
    raise AssertionError("the end is missing")


if __name__ == "__main__":
    sys.exit(main(*sys.argv[1:]))
