"""Fields that devices encipher, by the cipher's own published example and by what is broken."""

import json

import pytest
from cryptography.hazmat.primitives.ciphers import Cipher, algorithms, modes

from services.energy.key_users.secrecy import DeviceKeys, Undecipherable, deciphered, enciphered

KEY = bytes.fromhex("0123456789abcdeffedcba9876543210")


def upload(**fields: object) -> bytes:
    return json.dumps({"deviceId": "d", "enterpriseCode": "e", "data": [fields]}).encode()


def test_cipher_is_that_of_the_standard() -> None:
    # GB/T 32907, A.1: this key enciphers itself to this block.
    block = Cipher(algorithms.SM4(KEY), modes.ECB()).encryptor().update(KEY)
    assert block.hex() == "681edf34d206965e86b3e94f536e4246"
    ones = Cipher(algorithms.SM4(KEY), modes.ECB()).encryptor().update(b"1" * 16)
    assert enciphered("1" * 16, KEY)[:32] == ones.hex()
    assert len(enciphered("00-00-0000-023300-11", KEY)) == 64


def test_upload_in_plain_stays_as_it_is() -> None:
    for body in (upload(dataCode="00-00-0000-023300-11", dataValue="1"), b"{half", b"[]", b'{"data": 7}'):
        assert deciphered(body, KEY) == body


def test_fields_come_back_and_numbers_stay() -> None:
    fields = {"dataCode": "00-00-0000-023300-11", "dataValue": "184532.5", "scope": ""}
    secret = {name: enciphered(value, KEY) if value else "" for name, value in fields.items()}
    plain = json.loads(deciphered(upload(**secret, statType=0), KEY))
    assert plain["data"] == [fields | {"statType": 0}]


@pytest.mark.parametrize("value", ["60", "zz", "00" * 16, "abc"])
def test_what_does_not_decipher_names_its_field(value: str) -> None:
    body = upload(dataCode=enciphered("00-00-0000-023300-11", KEY), dataValue=value)
    with pytest.raises(Undecipherable) as caught:
        deciphered(body, KEY)
    assert (caught.value.line, caught.value.name) == (1, "dataValue")


def test_key_is_the_devices_own() -> None:
    keys = DeviceKeys("a secret of the site")
    assert keys.key_of("one") == keys.key_of("one") != keys.key_of("two")
    assert DeviceKeys("another").key_of("one") != keys.key_of("one")
