"""What can go wrong around channels and deliveries."""

from __future__ import annotations

from libs.common.web.problems import DomainError, NotFound


class ChannelNotFound(NotFound):
    """No channel with this id that the caller may see."""

    code = "channel.not_found"


class DeliveryNotFound(NotFound):
    """No delivery with this id that the caller may see."""

    code = "delivery.not_found"


class AddressRefused(DomainError):
    """The address is not one this installation may call; the reason says why."""

    code = "channel.address_refused"
    status = 409


class UnknownRecipient(DomainError):
    """The person is not in the registry, or not active."""

    code = "channel.unknown_recipient"
    status = 409


class DeliveryPending(DomainError):
    """The delivery is still being tried; there is nothing to repeat."""

    code = "delivery.pending"
    status = 409
