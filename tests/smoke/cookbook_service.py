"""What the recipes of the cookbook ask: a service on this machine, one that works and one that does not do what it should."""

from __future__ import annotations

import asyncio
import socket
import ssl
import threading
from collections import Counter
from pathlib import Path
from typing import Any

import uvicorn
from starlette.applications import Starlette
from starlette.requests import Request
from starlette.responses import JSONResponse, Response
from starlette.routing import Route, WebSocketRoute
from starlette.websockets import WebSocket

PASSWORD = "canary-of-the-cookbook-51f0"
TOKEN = "token-of-the-cookbook-9d27"


class Service:
    """It runs while it is a context. ``faulty``: each endpoint does what its recipe is there to find; all answer as if nothing were.

    ``asked`` counts what was asked, ``canaries`` holds the paths that were asked for with the header of the canary.
    """

    def __init__(self, *, faulty: bool = False, certificate: Path | None = None, clients_of: Path | None = None) -> None:
        self.faulty = faulty
        self.asked: Counter[str] = Counter()
        self.canaries: set[str] = set()
        self._jobs: Counter[str] = Counter()
        self._listening = socket.socket(socket.AF_INET, socket.SOCK_STREAM, socket.IPPROTO_TCP)  # named, asyncio sends at once
        self._listening.bind(("127.0.0.1", 0))
        self._listening.listen()
        self.url = f"http{'s' if certificate else ''}://127.0.0.1:{self._listening.getsockname()[1]}"
        tls: dict[str, Any] = {}
        if certificate is not None:
            tls = {"ssl_certfile": certificate, "ssl_keyfile": certificate, "ssl_ca_certs": clients_of}
            tls["ssl_cert_reqs"] = ssl.CERT_NONE if clients_of is None else ssl.CERT_REQUIRED
        self._server = uvicorn.Server(uvicorn.Config(self._app(), log_level="critical", ws="wsproto", lifespan="off", **tls))
        self._thread = threading.Thread(target=self._server.run, args=([self._listening],))

    def __enter__(self) -> Service:
        self._thread.start()
        return self

    def __exit__(self, *_: object) -> None:
        self._server.should_exit = True
        self._thread.join()
        self._listening.close()

    def forget(self) -> None:
        """What was asked before."""
        self.asked.clear()
        self.canaries.clear()

    def _app(self) -> Starlette:
        routes = {
            "GET /health": self._health,
            "GET /version": self._version,
            "POST /auth/login": self._login,
            "GET /api/orders": self._orders,
            "GET /api/products": self._products,
            "GET /api/search": self._search,
            "POST /api/basket": self._basket,
            "POST /api/exports": self._export,
            "GET /api/exports/{number}": self._exported,
            "POST /grpc.health.v1.Health/Check": self._grpc_health,
        }
        made: list[Any] = [Route(name.split()[1], self._counted(name, one), methods=[name.split()[0]]) for name, one in routes.items()]
        return Starlette(routes=[*made, WebSocketRoute("/ws", self._websocket)])

    def _counted(self, name: str, endpoint: Any) -> Any:
        async def counted(request: Request) -> Response:
            self.asked[name] += 1
            if "X-Canary" in request.headers:
                self.canaries.add(request.url.path)
            body = await request.json() if await request.body() else None
            answer: Response = await endpoint(request, body)
            answer.headers["X-Content-Type-Options"] = "nosniff"
            return answer

        return counted

    async def _health(self, request: Request, body: Any) -> Response:
        return JSONResponse({"status": "ok"})

    async def _version(self, request: Request, body: Any) -> Response:
        track = "canary" if "X-Canary" in request.headers and not self.faulty else "stable"
        return JSONResponse({"commit": "abc1234"}, headers={"X-Track": track})

    async def _login(self, request: Request, body: Any) -> Response:
        right = body == {"email": "smoke@example.org", "password": PASSWORD}
        return JSONResponse({"token": TOKEN}) if right else JSONResponse({"error": "invalid_credentials"}, 401)

    async def _orders(self, request: Request, body: Any) -> Response:
        if request.headers.get("Authorization") != f"Bearer {TOKEN}":
            return Response(status_code=401)
        emails = ["smoke@example.org", *(["ada@example.org"] if self.faulty else [])]
        return JSONResponse([{"order": number, "email": email} for number, email in enumerate(emails)])

    async def _products(self, request: Request, body: Any) -> Response:
        return JSONResponse([] if self.faulty else [{"sku": "TEA"}])

    async def _search(self, request: Request, body: Any) -> Response:
        if self.faulty and self.asked["GET /api/search"] % 4 == 0:
            await asyncio.sleep(0.5)
        return JSONResponse([{"sku": "TEA"}])

    async def _basket(self, request: Request, body: Any) -> Response:
        return Response(status_code=500 if self.faulty else 201)

    async def _export(self, request: Request, body: Any) -> Response:
        return Response(status_code=202, headers={"Location": f"/api/exports/{self.asked['POST /api/exports']}"})

    async def _exported(self, request: Request, body: Any) -> Response:
        self._jobs[request.path_params["number"]] += 1
        asked = self._jobs[request.path_params["number"]]
        return JSONResponse({"state": ("queued", "running", "failed" if self.faulty else "done")[min(asked, 3) - 1]})

    async def _grpc_health(self, request: Request, body: Any) -> Response:
        failing = self.faulty and body["service"] == "shop.Payments"
        return JSONResponse({"status": "NOT_SERVING" if failing else "SERVING"})

    async def _websocket(self, websocket: WebSocket) -> None:
        if self.faulty:
            await websocket.close()  # before it is accepted: the handshake is answered with 403
            return
        await websocket.accept()
        await websocket.send_text("hello")
        async for _ in websocket.iter_text():
            pass
