"""What rests sealed in the projects service's tables."""

from libs.common.security.resealing import Sealed
from services.projects.environment.service.appeals import identity_purpose
from services.projects.environment.tables.appeals import AppealRow
from services.projects.identity.service.second_factors import factor_purpose
from services.projects.identity.service.signing import key_purpose
from services.projects.identity.tables import SecondFactorRow, SigningKeyRow
from services.projects.platforms.service.vendors import secret_purpose
from services.projects.platforms.tables import SignInPlatformRow
from services.projects.webhooks.service.subscriptions import SECRET_PURPOSE
from services.projects.webhooks.tables import WebhookSubscriptionRow

SEALED = (
    Sealed(SigningKeyRow, "sealed_private_jwk", lambda row: (key_purpose(row.kid),)),
    Sealed(SecondFactorRow, "sealed_secret", lambda row: (factor_purpose(row.account_id),)),
    Sealed(SignInPlatformRow, "secret_sealed", lambda row: (secret_purpose(row.id),)),
    Sealed(AppealRow, "sealed_identity", lambda row: (identity_purpose(row.id),)),
    Sealed(WebhookSubscriptionRow, "secret_sealed", lambda _row: (SECRET_PURPOSE,)),
    Sealed(WebhookSubscriptionRow, "previous_secret_sealed", lambda _row: (SECRET_PURPOSE,)),
)
