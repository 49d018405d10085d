"""How a channel of a foreign format is named in one text, by which the directory finds its meter."""

from __future__ import annotations

import re
from typing import Final

from services.energy.feeds.formats.units import EXPORT, IMPORT, REACTIVE_EXPORT, REACTIVE_IMPORT, REGISTER

_UNFIT: Final = re.compile(r"[\s/\x00-\x1f]+")
_WORDS: Final = {EXPORT: "export", REACTIVE_IMPORT: "reactive_import", REACTIVE_EXPORT: "reactive_export"}
_MAX: Final = 64


_QUANTITIES: Final = {word: quantity for quantity, word in _WORDS.items()}


def base_of(channel: str) -> tuple[str, str] | None:
    """The device of a channel that :func:`measured_channel` told apart, and the quantity the channel is of."""
    device, mark, word = channel.removesuffix(f":{REGISTER}").rpartition(":")
    return (device, _QUANTITIES[word]) if mark and word in _QUANTITIES else None


def channel_of(device: str, *parts: str) -> str:
    """``device:part…`` without what a meter's number cannot hold."""
    text = ":".join([device.strip(), *(part for part in parts if part)])
    return _UNFIT.sub("_", text)[:_MAX]


def measured_channel(device: str, quantity: str | None, kind: str | None) -> str:
    """A device's consumption goes by the device's own name; what it measures besides is told apart by a word."""
    parts = [] if quantity in {None, IMPORT} else [_WORDS.get(quantity or "", "")]
    return channel_of(device, *parts, REGISTER if kind == REGISTER and parts else "")


def named(devices: list[str], quantity: str | None, kind: str | None) -> list[str]:
    """The channels of one quantity of many devices; of consumption the devices' own names."""
    if quantity in {None, IMPORT}:
        return devices
    names = {device: measured_channel(device, quantity, kind) for device in set(devices)}
    return [names[device] for device in devices]
