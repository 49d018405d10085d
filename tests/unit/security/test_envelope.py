from contextlib import suppress

import pytest
from hypothesis import given
from hypothesis import strategies as st

from libs.common.security.envelope import Envelope, SealBroken

ENVELOPE = Envelope("a key of the test, long enough for all purposes")


@given(st.binary(max_size=500), st.text(max_size=50))
def test_a_secret_comes_back_when_opened_for_its_purpose(secret: bytes, purpose: str) -> None:
    sealed = ENVELOPE.seal(secret, purpose)
    assert ENVELOPE.open(sealed, purpose) == secret
    assert sealed != ENVELOPE.seal(secret, purpose)


@given(st.data())
def test_a_seal_is_broken_when_one_character_changes(data: st.DataObject) -> None:
    sealed = ENVELOPE.seal(b"whsec_something", "webhook")
    place = data.draw(st.integers(0, len(sealed) - 1))
    other = data.draw(st.sampled_from("ABCabc019-_"))
    changed = sealed[:place] + other + sealed[place + 1 :]
    if changed == sealed:
        return
    # Base64 has spare bits at its end: some texts differ and still mean the same bytes.
    with suppress(SealBroken):
        assert ENVELOPE.open(changed, "webhook") == b"whsec_something"


@pytest.mark.parametrize("sealed", ["", "v1.", "v1.!!!", "v1.AAAA", "v2.AAAA", "v1.é", "plain text"])
def test_a_seal_is_broken_when_the_text_is_not_one(sealed: str) -> None:
    with pytest.raises(SealBroken):
        ENVELOPE.open(sealed, "webhook")


def test_a_seal_is_broken_when_the_purpose_or_the_key_is_another() -> None:
    sealed = ENVELOPE.seal(b"secret", "webhook")
    with pytest.raises(SealBroken):
        ENVELOPE.open(sealed, "signing-key")
    with pytest.raises(SealBroken):
        Envelope("another key of the test, long enough too").open(sealed, "webhook")


def test_old_seals_open_when_the_key_was_changed_and_the_old_one_is_known() -> None:
    sealed = Envelope("old" * 20).seal(b"secret", "webhook")
    rotated = Envelope("new" * 20, previous=("old" * 20,))
    assert rotated.open(sealed, "webhook") == b"secret"
    assert Envelope("new" * 20).open(rotated.seal(b"secret", "webhook"), "webhook") == b"secret"
