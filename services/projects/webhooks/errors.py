"""What can go wrong around subscriptions and their deliveries."""

from libs.common.web.problems import DomainError


class AddressRefused(DomainError):
    """The address is not one this installation may call; the reason says why."""

    code = "webhook.address_refused"


class UnknownEvents(DomainError):
    """There is no such topic or event type, or it is not for systems outside."""

    code = "webhook.unknown_events"


class RegionRequired(DomainError):
    """Whoever answers for everywhere names the region whose events are wanted."""

    code = "webhook.region_required"


class DeliveryPending(DomainError):
    """The delivery is still being tried; there is nothing to repeat."""

    code = "webhook.delivery_pending"


class SubscriptionEnded(DomainError):
    """The subscription has ended; nothing is sent for it any more."""

    code = "webhook.subscription_ended"
