"""An OpenID provider over HTTP for tests: Authlib's server parts, PKCE demanded, renewal tokens good once.

It signs ID tokens and access tokens (RFC 9068) with RS256, both with the ``sid`` of their sign-in, and logout
tokens. Tests change what it does next: ``spoil_nonce``.
"""

from __future__ import annotations

import os
import secrets
import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field, replace
from typing import Any
from urllib.parse import urlencode

import flask
import httpx
from authlib.integrations.flask_oauth2 import AuthorizationServer
from authlib.oauth2.rfc6749 import grants
from authlib.oauth2.rfc6749.errors import OAuth2Error
from authlib.oauth2.rfc7636 import CodeChallenge
from authlib.oauth2.rfc9068 import JWTBearerTokenGenerator
from authlib.oidc.core import OpenIDCode, UserInfo
from authlib.oidc.core.grants.code import OpenIDToken
from authlib.oidc.rpinitiated import EndSessionEndpoint
from joserfc import jwt
from joserfc.jwk import KeySet, RSAKey
from werkzeug.serving import make_server

_FORM = """<!doctype html><title>Identity provider</title>
<form method="post"><label>Who are you <input name="sub"></label><button>Continue</button></form>"""


@dataclass
class Person:
    """``claims`` go into both tokens."""

    sub: str
    claims: dict[str, Any]

    def get_user_id(self) -> str:
        return self.sub


@dataclass
class RegisteredClient:
    client_id: str
    redirect_uris: list[str]
    post_logout_redirect_uris: list[str]
    client_secret: str | None = None
    backchannel_logout_uri: str | None = None

    @property
    def client_metadata(self) -> dict[str, Any]:
        return {"post_logout_redirect_uris": self.post_logout_redirect_uris}

    def get_client_id(self) -> str:
        return self.client_id

    def get_default_redirect_uri(self) -> str:
        return self.redirect_uris[0]

    def get_allowed_scope(self, scope: str) -> str:
        return scope

    def check_redirect_uri(self, redirect_uri: str) -> bool:
        return redirect_uri in self.redirect_uris

    def check_client_secret(self, client_secret: str) -> bool:
        return self.client_secret == client_secret

    def check_endpoint_auth_method(self, method: str, endpoint: str) -> bool:
        return method == ("none" if self.client_secret is None else "client_secret_basic")

    def check_response_type(self, response_type: str) -> bool:
        return response_type == "code"

    def check_grant_type(self, grant_type: str) -> bool:
        return grant_type in {"authorization_code", "refresh_token"}


@dataclass
class Code:
    client_id: str
    redirect_uri: str
    scope: str
    nonce: str
    person: Person
    code_challenge: str | None
    code_challenge_method: str | None

    def get_redirect_uri(self) -> str:
        return self.redirect_uri

    def get_scope(self) -> str:
        return self.scope

    def get_nonce(self) -> str:
        return self.nonce

    def get_auth_time(self) -> None:
        return None

    def get_acr(self) -> None:
        return None

    def get_amr(self) -> None:
        return None


@dataclass
class RefreshToken:
    client_id: str
    scope: str
    person: Person

    def check_client(self, client: RegisteredClient) -> bool:
        return self.client_id == client.client_id

    def get_scope(self) -> str:
        return self.scope


@dataclass
class Provider:
    """What the provider knows; ``url`` is its issuer's name."""

    audience: str
    url: str = ""
    lives_seconds: int = 3600
    spoil_nonce: bool = False
    people: dict[str, Person] = field(default_factory=dict)
    clients: dict[str, RegisteredClient] = field(default_factory=dict)
    codes: dict[str, Code] = field(default_factory=dict)
    refresh_tokens: dict[str, RefreshToken] = field(default_factory=dict)
    ended: list[str] = field(default_factory=list)
    # What clients answered who were told of an end.
    told: list[int] = field(default_factory=list)
    key: RSAKey = field(default_factory=lambda: RSAKey.generate_key(2048, {"kid": "op-1", "use": "sig"}))

    def add_person(self, sub: str, **claims: Any) -> None:
        self.people[sub] = Person(sub, claims)

    def register(self, address: str, client_id: str = "duban-console", secret: str | None = None) -> None:
        self.clients[client_id] = RegisteredClient(
            client_id, [f"{address}/sign-in/return"], [f"{address}/"], secret
        )

    def authorize(self, sub: str, **request: str) -> str:
        """The code of somebody who signed in, for a test without a browser."""
        code = secrets.token_urlsafe(24)
        self.codes[code] = Code(
            request["client_id"],
            request["redirect_uri"],
            "openid profile",
            request["nonce"],
            self.signed_in(self.people[sub]),
            request["code_challenge"],
            "S256",
        )
        return code

    def signed_in(self, person: Person) -> Person:
        """The person in a sign-in of its own, which the tokens tell."""
        return replace(person, claims=person.claims | {"sid": secrets.token_urlsafe(12)})

    def access_token(self, person: Person, **changes: Any) -> str:
        """What somebody who signed in is given, for a test without a client."""
        now = int(time.time())
        claims = {"iss": self.url, "aud": self.audience, "sub": person.sub, "iat": now, "exp": now + 3600}
        return self.sign(claims | person.claims | changes, "at+jwt")

    def logout_token(self, client_id: str = "duban-console", **changes: Any) -> str:
        """A logout token (Back-Channel Logout 1.0, 2.4); ``changes``: ``sid``, ``sub``, and None for none."""
        now = int(time.time())
        claims = {
            "iss": self.url,
            "aud": client_id,
            "iat": now,
            "exp": now + 120,
            "jti": secrets.token_urlsafe(12),
            "events": {"http://schemas.openid.net/event/backchannel-logout": {}},
        } | changes
        return self.sign({name: value for name, value in claims.items() if value is not None}, "logout+jwt")

    def sign(self, claims: dict[str, Any], kind: str) -> str:
        header = {"alg": "RS256", "kid": self.key.kid, "typ": kind}
        return jwt.encode(header, claims, self.key, algorithms=["RS256"])


@contextmanager
def running_provider(audience: str = "duban") -> Iterator[Provider]:
    """The provider on a port of its own, in a thread of its own."""
    # It refuses to speak plain HTTP, which is all that there is on one machine.
    os.environ["AUTHLIB_INSECURE_TRANSPORT"] = "1"
    provider = Provider(audience)
    server = make_server("127.0.0.1", 0, _application(provider), threaded=True)
    provider.url = f"http://127.0.0.1:{server.server_port}"
    thread = threading.Thread(target=server.serve_forever, name="oidc-provider", daemon=True)
    thread.start()
    try:
        yield provider
    finally:
        server.shutdown()
        server.server_close()
        thread.join(timeout=10)


def _application(provider: Provider) -> flask.Flask:
    app = flask.Flask("oidc-provider")
    server = AuthorizationServer(app, provider.clients.get, _save_token(provider))
    server.register_token_generator("default", _tokens(provider))
    server.register_grant(_code_grant(provider), [_id_tokens(provider, OpenIDCode), CodeChallenge(required=True)])
    server.register_grant(_refresh_grant(provider), [_id_tokens(provider, OpenIDToken)])
    server.register_endpoint(_end_session(provider))

    @app.get("/.well-known/openid-configuration")
    def discovery() -> dict[str, Any]:
        places = {
            "authorization_endpoint": "authorize",
            "token_endpoint": "token",
            "jwks_uri": "jwks",
            "end_session_endpoint": "end",
        }
        return {
            "issuer": provider.url,
            **{name: f"{provider.url}/{path}" for name, path in places.items()},
            "response_types_supported": ["code"],
            "code_challenge_methods_supported": ["S256"],
        }

    @app.get("/jwks")
    def jwks() -> dict[str, Any]:
        return {"keys": [provider.key.as_dict(private=False)]}

    @app.route("/authorize", methods=["GET", "POST"])
    def authorize() -> Any:
        try:
            grant = server.get_consent_grant(end_user=None)
        except OAuth2Error as error:
            return f"{error.error}: {error.description}", 400
        if flask.request.method == "GET":
            return _FORM
        person = provider.people.get(flask.request.form["sub"])
        if person is None:
            back = {"error": "access_denied", "state": flask.request.args.get("state", "")}
            return flask.redirect(f"{flask.request.args['redirect_uri']}?{urlencode(back)}")
        return server.create_authorization_response(grant_user=provider.signed_in(person), grant=grant)

    @app.post("/token")
    def token() -> Any:
        return server.create_token_response()

    @app.get("/end")
    def end() -> Any:
        return server.create_endpoint_response("end_session") or "ended"

    return app


def _save_token(provider: Provider) -> Any:
    def save(token: dict[str, Any], request: Any) -> None:
        if refresh := token.get("refresh_token"):
            provider.refresh_tokens[refresh] = RefreshToken(
                request.client.client_id, token.get("scope", ""), request.user
            )

    return save


def _tokens(provider: Provider) -> Any:
    class Tokens(JWTBearerTokenGenerator):  # type: ignore[misc] # Authlib has no types
        def get_jwks(self) -> Any:
            return provider.key

        def get_audiences(self, client: Any, user: Any, scope: str) -> list[str]:
            return [provider.audience]

        def get_extra_claims(self, client: Any, grant_type: str, user: Person, scope: str) -> dict[str, Any]:
            return user.claims

        def access_token_generator(self, client: Any, grant_type: str, user: Any, scope: str) -> Any:
            # Its address is known once it listens.
            self.issuer = provider.url
            return super().access_token_generator(client, grant_type, user, scope)

    return Tokens(
        "",
        refresh_token_generator=lambda *_, **__: secrets.token_urlsafe(32),
        expires_generator=lambda *_: provider.lives_seconds,
    )


def _id_tokens(provider: Provider, base: Any) -> Any:
    class IdTokens(base):  # type: ignore[misc] # Authlib has no types
        def exists_nonce(self, nonce: str, request: Any) -> bool:
            return any(code.nonce == nonce for code in provider.codes.values())

        def resolve_client_private_key(self, client: Any) -> Any:
            return provider.key

        def get_client_claims(self, client: RegisteredClient) -> dict[str, Any]:
            return {"iss": provider.url, "aud": client.client_id}

        def get_authorization_code_claims(self, authorization_code: Code) -> dict[str, Any]:
            return {"nonce": "another" if provider.spoil_nonce else authorization_code.nonce}

        def generate_user_info(self, user: Person, scope: str) -> UserInfo:
            return UserInfo(sub=user.sub, **user.claims)

    return IdTokens(require_nonce=True) if base is OpenIDCode else IdTokens()


def _code_grant(provider: Provider) -> Any:
    class CodeGrant(grants.AuthorizationCodeGrant):  # type: ignore[misc] # Authlib has no types
        TOKEN_ENDPOINT_AUTH_METHODS = ("none", "client_secret_basic")

        def save_authorization_code(self, code: str, request: Any) -> None:
            asked = request.payload.data
            provider.codes[code] = Code(
                request.client.client_id,
                request.payload.redirect_uri,
                request.payload.scope,
                asked.get("nonce", ""),
                request.user,
                asked.get("code_challenge"),
                asked.get("code_challenge_method"),
            )

        def query_authorization_code(self, code: str, client: RegisteredClient) -> Code | None:
            found = provider.codes.get(code)
            return found if found is not None and found.client_id == client.client_id else None

        def delete_authorization_code(self, authorization_code: Code) -> None:
            provider.codes = {code: it for code, it in provider.codes.items() if it is not authorization_code}

        def authenticate_user(self, authorization_code: Code) -> Person:
            return authorization_code.person

    return CodeGrant


def _refresh_grant(provider: Provider) -> Any:
    class RefreshGrant(grants.RefreshTokenGrant):  # type: ignore[misc] # Authlib has no types
        TOKEN_ENDPOINT_AUTH_METHODS = ("none", "client_secret_basic")
        INCLUDE_NEW_REFRESH_TOKEN = True

        def authenticate_refresh_token(self, refresh_token: str) -> RefreshToken | None:
            return provider.refresh_tokens.get(refresh_token)

        def authenticate_user(self, refresh_token: RefreshToken) -> Person:
            return refresh_token.person

        def revoke_old_credential(self, refresh_token: RefreshToken) -> None:
            known = provider.refresh_tokens
            provider.refresh_tokens = {token: it for token, it in known.items() if it is not refresh_token}

    return RefreshGrant


def _end_session(provider: Provider) -> Any:
    class EndSession(EndSessionEndpoint):  # type: ignore[misc] # Authlib has no types
        def get_server_jwks(self) -> KeySet:
            return KeySet([provider.key])

        def end_session(self, end_session_request: Any) -> None:
            claims = end_session_request.id_token_claims or {}
            provider.ended.append(claims.get("sub", ""))
            client = provider.clients.get(str(claims.get("aud", "")))
            if client is not None and client.backchannel_logout_uri is not None:
                token = provider.logout_token(client.client_id, sub=claims["sub"], sid=claims["sid"])
                answer = httpx.post(client.backchannel_logout_uri, data={"logout_token": token}, timeout=60)
                provider.told.append(answer.status_code)

    return EndSession
