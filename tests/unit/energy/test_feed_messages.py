"""Messages of brokers as bodies, and where feeds may be fetched from."""

from __future__ import annotations

import json

import pytest

from services.energy.sources.domain.connection import (
    FolderPlace,
    MqttPlace,
    PlaceInvalid,
    Transport,
    hosts_of,
    is_allowed,
    place_of,
)
from services.energy.sources.domain.messages import MAX_BODY, Bundle, Message, Poison, bundles

READING = b'{"meter_no": "M1", "at": "2026-09-15T08:00:00+08:00", "value": 1.5}'


def test_small_messages_make_one_body_in_their_order() -> None:
    messages = [
        Message(1, READING),
        Message(2, b'[{"at": "x", "value": 1}, {"at": "y", "value": 2}]', "M2"),
        Message(3, b'{"at": "z",\n "value": 3, "meter_no": "own"}', "M3"),
    ]
    (bundle,) = bundles(messages, "")
    assert isinstance(bundle, Bundle)
    assert bundle.is_lines
    lines = [json.loads(line) for line in bundle.body.split(b"\n")]
    assert [(line["meter_no"], line["value"]) for line in lines] == [("M1", 1.5), ("M2", 1), ("M2", 2), ("own", 3)]
    assert [message.place for message in bundle.messages] == [1, 2, 3]


def test_message_stands_alone_when_it_is_a_file_retained_or_too_much() -> None:
    curves = b'{"curves": []}'
    found = bundles([Message(1, READING), Message(2, curves), Message(3, READING, is_retained=True)], "")
    assert [(item.is_lines, len(item.messages)) for item in found if isinstance(item, Bundle)] == [
        (True, 1),
        (False, 1),
        (True, 1),
    ]
    large = b'[{"value": 1, "pad": "' + b"x" * MAX_BODY + b'"}]'
    assert len(bundles([Message(1, READING), Message(2, large), Message(3, READING)], "")) == 3


def test_message_is_poison_when_json_was_promised() -> None:
    found = bundles([Message(1, READING), Message(2, b"{half"), Message(3, READING)], "ndjson")
    assert [type(item) for item in found] == [Bundle, Poison, Bundle]
    # Where nothing is promised, the bytes are left to the formats.
    (whole,) = bundles([Message(1, b"100,NEM12,")], "")
    assert isinstance(whole, Bundle)
    assert not whole.is_lines


@pytest.mark.parametrize("directory", ["", "/etc", "../other", "a/../../b", "a\x00b"])
def test_folder_leads_nowhere_else(directory: str) -> None:
    with pytest.raises(PlaceInvalid, match="directory"):
        FolderPlace(directory)


@pytest.mark.parametrize(
    ("connection", "name"),
    [
        ({"host": "b", "topic": "a/#/b"}, "topic"),
        ({"host": "b", "topic": "a+/b"}, "topic"),
        ({"host": "b/c", "topic": "a"}, "host"),
        ({"host": "b", "topic": "a", "port": 0}, "port"),
        ({"host": "b", "topic": "a", "qos": 2}, "qos"),
        ({"host": "b"}, "topic"),
        ({"host": "b", "topic": "a", "protocol": "4"}, "protocol"),
    ],
)
def test_broker_is_refused_when_a_part_makes_no_sense(connection: dict[str, object], name: str) -> None:
    with pytest.raises(PlaceInvalid) as refused:
        place_of(Transport.MQTT, connection)
    assert refused.value.name == name


def test_site_allows_a_host_or_one_port_of_it() -> None:
    (address,) = hosts_of(MqttPlace("broker", "a", 1884))
    assert is_allowed(address, ("broker",))
    assert is_allowed(address, ("broker:1884",))
    assert not is_allowed(address, ("broker:1883", "roker", ""))
