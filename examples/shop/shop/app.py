"""The web service."""

from __future__ import annotations

import hmac
from dataclasses import asdict
from json import JSONDecodeError
from typing import Any

import sqlalchemy as sa
from starlette.applications import Starlette
from starlette.concurrency import run_in_threadpool
from starlette.middleware import Middleware
from starlette.requests import Request
from starlette.responses import JSONResponse, Response
from starlette.routing import Route

from shop import accounts
from shop.config import Config, from_environment
from shop.headers import SecurityHeaders
from shop.store import Store

_NOBODY = (b"no such account!", b"")


def create_app(config: Config | None = None) -> Starlette:
    """The service. Its configuration comes from the environment, unless given."""
    config = config or from_environment()
    if config.sentry_dsn:
        import sentry_sdk

        sentry_sdk.init(config.sentry_dsn, release=config.commit)
    app = Starlette(
        routes=[
            Route("/health", health),
            Route("/version", version),
            Route("/api/products", list_products),
            Route("/api/orders", list_orders),
            Route("/api/orders", place_order, methods=["POST"]),
            Route("/auth/login", login, methods=["POST"]),
        ],
        middleware=[Middleware(SecurityHeaders)],
    )
    app.state.config = config
    app.state.store = Store(sa.create_engine(config.database_url))
    return app


def health(request: Request) -> Response:
    """Whether the service can do its work: it is no use without its database."""
    alive = request.app.state.store.alive()
    return JSONResponse({"status": "ok" if alive else "unavailable"}, 200 if alive else 503)


def version(request: Request) -> Response:
    """Which commit is running."""
    return JSONResponse({"commit": request.app.state.config.commit})


def list_products(request: Request) -> Response:
    """Everything there is to buy."""
    return JSONResponse([asdict(product) for product in request.app.state.store.products()])


def list_orders(request: Request) -> Response:
    """What the bearer of a token has ordered."""
    email = _bearer(request)
    if email is None:
        return _unauthorized()
    return JSONResponse([asdict(order) for order in request.app.state.store.orders(email)])


async def place_order(request: Request) -> Response:
    """Order something, as the bearer of a token."""
    email = _bearer(request)
    if email is None:
        return _unauthorized()
    match await _body(request):
        case {"sku": str(sku), "quantity": int(quantity)} if quantity > 0:
            number = await run_in_threadpool(request.app.state.store.order, email, sku, quantity)
            return JSONResponse({"order": number}, 201) if number else JSONResponse({"error": "no_such_product"}, 404)
    return JSONResponse({"error": "invalid_order"}, 422)


async def login(request: Request) -> Response:
    """A token for the owner of an account."""
    match await _body(request):
        case {"email": str(email), "password": str(password)}:
            known = await run_in_threadpool(request.app.state.store.password, email)
            salt, expected = known or _NOBODY
            # Worked out for an unknown account too, so that the answer takes as long.
            given = await run_in_threadpool(accounts.digest, password, salt)
            if hmac.compare_digest(given, expected):
                return JSONResponse({"token": accounts.issue(email, request.app.state.config.secret_key)})
    return JSONResponse({"error": "invalid_credentials"}, 401)


def _bearer(request: Request) -> str | None:
    scheme, _, token = request.headers.get("authorization", "").partition(" ")
    return accounts.bearer(token, request.app.state.config.secret_key) if scheme.lower() == "bearer" else None


def _unauthorized() -> Response:
    return JSONResponse({"error": "unauthorized"}, 401, {"WWW-Authenticate": "Bearer"})


async def _body(request: Request) -> Any:
    try:
        return await request.json()
    except (JSONDecodeError, UnicodeDecodeError):
        return None
