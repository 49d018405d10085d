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


class GatewayNotFound(NotFound):
    """No gateway with this id that the caller may see."""

    code = "gateway.not_found"


class GatewayInvalid(DomainError):
    """What the gateway's kind needs is missing or malformed; ``errors`` names each."""

    code = "gateway.invalid"
    status = 422


class GatewayMissing(DomainError):
    """A channel of this kind needs a gateway, and there is none for the region."""

    code = "channel.gateway_missing"
    status = 409


class ChannelIncomplete(DomainError):
    """A channel of this kind needs something that was not given."""

    code = "channel.incomplete"
    status = 422


class DeliveryNotDead(DomainError):
    """Only what has failed for good can be discarded."""

    code = "delivery.not_dead"
    status = 409


class PersonNotFound(NotFound):
    """No person with this id that the caller may see."""

    code = "person.not_found"


class WayPolicyInvalid(DomainError):
    """Red alerts know no quiet hours."""

    code = "way_policy.red_is_never_quiet"
    status = 409


class WishNotAllowed(DomainError):
    """The policy of the severity does not let these kinds be left out."""

    code = "preference.not_allowed"
    status = 409


class NobodyToTell(DomainError):
    """The caller is no person of the registry, and alerts are told to people."""

    code = "push.nobody_to_tell"
    status = 409
