"""Digests, Merkle paths, seals and their keys."""

import base64
import hashlib
import json
from dataclasses import replace
from datetime import UTC, datetime, timedelta, timezone
from pathlib import Path
from uuid import UUID

import pytest
from cryptography.hazmat.primitives.asymmetric.ec import SECP256R1, generate_private_key
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey
from cryptography.hazmat.primitives.serialization import Encoding, NoEncryption, PrivateFormat
from hypothesis import given
from hypothesis import strategies as st

from libs.common.security.digests import SHA256, SM3, digest, zero
from services.alerts.seals.domain.merkle import Leaf, climb, leaf_hash, path_of, root_of
from services.alerts.seals.domain.seal import Fault, Seal
from services.alerts.seals.keys import BadSealKey, SealKey, is_signed_by, key_id_of, seal_key
from services.alerts.seals.wording import wording
from services.alerts.trail.domain import chain
from services.alerts.trail.domain.life import TrailKind

ALERT = UUID("01926f4e-7f00-7000-8000-000000000501")
AT = datetime(2026, 9, 15, 3, 15, tzinfo=UTC)


def test_sm3_is_that_of_the_standard_when_its_example_is_digested() -> None:
    # GB/T 32905-2016, appendix A.1.
    assert digest(SM3, b"abc") == "sm3:66c7f0f462eeedd9d1f2d46bdc10e4e24167c4875cf2f7a2297da02b8f4ba8e0"


@pytest.mark.parametrize("algorithm", [SHA256, SM3])
def test_chain_goes_on_in_the_algorithm_it_began_with(algorithm: str) -> None:
    first = chain.link(alert_id=ALERT, seq=1, kind="opened", at=AT, actor="a", facts={}, previous=zero(algorithm))
    assert first.digest.startswith(f"{algorithm}:")
    assert chain.first_break([first], 1, first.digest) in {None, 1}
    second = chain.link(alert_id=ALERT, seq=2, kind="x", at=AT, actor="a", facts={}, previous=first.digest)
    assert second.digest.startswith(f"{algorithm}:")


@given(kind=st.text(), actor=st.text(), facts=st.text(), previous=st.text())
def test_entry_text_is_json_when_texts_hold_anything(kind: str, actor: str, facts: str, previous: str) -> None:
    instant = chain.instant_text(AT.astimezone(timezone(timedelta(hours=8))))
    written = chain.entry_text(str(ALERT), 3, kind, instant, actor, facts, previous)
    as_before = json.dumps([str(ALERT), 3, kind, instant, actor, facts, previous], ensure_ascii=False)
    assert written == as_before


def test_unknown_algorithm_fits_nothing() -> None:
    assert not chain.fits("md5:900150983cd24fb0d6963f7d28e17f72", "abc")


@given(st.integers(1, 70), st.data())
def test_every_leaf_leads_to_the_root(size: int, data: st.DataObject) -> None:
    leaves = [Leaf(str(UUID(int=number)), number, zero(SHA256)) for number in range(size)]
    hashes = [leaf_hash(SHA256, leaf) for leaf in leaves]
    place = data.draw(st.integers(0, size - 1))
    path = path_of(SHA256, hashes, place)
    root = root_of(SHA256, hashes)
    assert climb(SHA256, hashes[place], path) == root
    assert climb(SHA256, leaf_hash(SHA256, replace(leaves[place], length=size + 1)), path) != root


def test_root_is_that_of_rfc_6962_when_three_leaves_are_hashed() -> None:
    hashes = [hashlib.sha256(b"\x00" + bytes([number])).digest() for number in range(3)]
    pair = hashlib.sha256(b"\x01" + hashes[0] + hashes[1]).digest()
    assert root_of(SHA256, hashes) == hashlib.sha256(b"\x01" + pair + hashes[2]).digest()
    assert root_of(SHA256, []) == hashlib.sha256(b"").digest()


def seal(key: SealKey, **changes: object) -> Seal:
    made = Seal(1, AT, SHA256, zero(SHA256), zero(SHA256), 1, 2, 2, key.key_id)
    made = replace(made, **changes)  # type: ignore[arg-type] # names of its fields
    return replace(made, digest=made.computed_digest(), signature=key.sign(made.computed_digest()))


def test_signature_fits_its_own_key_and_digest_only() -> None:
    key, other = SealKey.derived("one"), SealKey.derived("another")
    made = seal(key)
    assert is_signed_by(key.public_key, made.digest, made.signature)
    assert not is_signed_by(other.public_key, made.digest, made.signature)
    assert not is_signed_by(key.public_key, seal(key, entries=3).digest, made.signature)
    assert not is_signed_by("nonsense", made.digest, made.signature)
    assert seal(key, algorithm="md5").digest == ""


def test_key_is_read_from_pem_base64_and_file(tmp_path: Path) -> None:
    private = Ed25519PrivateKey.generate()
    pem = private.private_bytes(Encoding.PEM, PrivateFormat.PKCS8, NoEncryption()).decode()
    seed = private.private_bytes(Encoding.Raw, PrivateFormat.Raw, NoEncryption())
    (tmp_path / "key.pem").write_text(pem)
    text = base64.b64encode(seed).decode()
    keys = [
        SealKey.parse(pem),
        SealKey.parse(text),
        seal_key(None, tmp_path / "key.pem", "x"),
        seal_key(text, None, "x"),
    ]
    assert len({key.key_id for key in keys}) == 1
    assert key_id_of(keys[0].public_key) == keys[0].key_id
    assert seal_key(None, None, "x").key_id == SealKey.derived("x").key_id != keys[0].key_id


@pytest.mark.parametrize(
    "text",
    [
        "",
        "not base64 at all",
        base64.b64encode(b"too short").decode(),
        "-----BEGIN PRIVATE KEY-----\nAAAA\n-----END PRIVATE KEY-----",
        generate_private_key(SECP256R1())
        .private_bytes(Encoding.PEM, PrivateFormat.PKCS8, NoEncryption())
        .decode(),
    ],
)
def test_key_is_refused_when_it_is_none(text: str) -> None:
    with pytest.raises(BadSealKey):
        SealKey.parse(text)


def test_every_kind_of_entry_has_its_word_in_both_languages() -> None:
    for language in ("zh-CN", "en"):
        words = wording(language)
        assert [kind.value for kind in TrailKind if f"kind.{kind.value}" not in words] == []


def test_fault_names_its_place() -> None:
    assert str(Fault("was changed", str(ALERT), 12, 3)) == f"alert no. 12 ({ALERT}), entry 3: was changed"
    assert str(Fault("is missing", seal=7)) == "seal 7: is missing"
