"""REST of identity."""

from services.projects.identity.routes import accounts, api_keys, discovery, me, sessions, tokens

ROUTERS = (me.router, accounts.router, api_keys.router)
# Only where the embedded issuer serves: with an identity provider of the site's own there is nothing to ask here.
EMBEDDED_ISSUER_ROUTERS = (tokens.router, sessions.router, discovery.router)
