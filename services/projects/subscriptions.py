"""Which handler takes which event. The thin service owns the registry and listens to nobody yet."""

from libs.common.inbox.subscription import Subscription

CONSUMER = "projects"

SUBSCRIPTIONS: tuple[Subscription, ...] = ()
