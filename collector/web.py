"""The console in a browser: textual-serve behind a token. Each browser window runs a console of its own."""

import asyncio
import hmac
import logging
import secrets
from collections.abc import Awaitable, Callable
from html import escape
from ipaddress import ip_address
from socket import gethostname
from typing import Any
from urllib.parse import urlsplit

from aiohttp import web
from textual_serve.server import Server

_PAGE = """<!doctype html>
<html lang="en"><head><meta charset="utf-8"><title>{title}</title>
<link rel="stylesheet" href="/static/css/xterm.css"><script src="/static/js/textual.js"></script>
<style>
@font-face {{ font-family: "Roboto Mono"; src: url("/static/fonts/RobotoMono-VariableFont_wght.ttf") }}
body {{ background: #0c181f; color: #fff; margin: 0; font: 16px "Roboto Mono", monospace }}
.said {{ position: absolute; inset: 0; display: flex; gap: 1rem; align-items: center; justify-content: center }}
body.-first-byte .opening, .ended {{ display: none }}
body.-closed .ended {{ display: flex; background: #0c181f; z-index: 10 }}
.ended button {{ font: inherit; padding: .6rem 1.2rem; cursor: pointer }}
</style></head>
<body>
<div class="said opening">{title}: starting ...</div>
<div class="said ended">The console has ended; the recorder goes on.
<button type="button" onclick="location.reload()">Open it again</button></div>
<div id="terminal" class="textual-terminal" data-session-websocket-url="{websocket}" data-font-size="{font}"></div>
</body></html>
"""

_REAPED_S = 0.5  # a console's process ends a moment after its output, and asyncio has to hear of it

Handler = Callable[[web.Request], Awaitable[web.StreamResponse]]


class ConsoleServer(Server):
    """Serves a command's Textual app to whoever knows the token; to anybody else nothing, not even a picture.

    The token comes once, in the URL; the browser then has it as a cookie that pages of other sites cannot use.
    `ready` is called with the URL once the port is open.
    """

    def __init__(self, command: str, host: str, port: int, title: str, ready: Callable[[str], None]) -> None:
        super().__init__(command, host, port, title)
        self.token = secrets.token_urlsafe(24)
        self._open: set[asyncio.Task[Any]] = set()
        self._ready = ready

    @property
    def url(self) -> str:
        """What to open in the browser. It lets in whoever has it."""
        name = gethostname() if self.host in ("0.0.0.0", "::") else self.host
        host = f"[{name}]" if ":" in name else name
        return f"http://{host}:{self.port}/?token={self.token}"

    def initialize_logging(self) -> None:
        """Warnings only: a log of requests would have the token in it."""
        logging.basicConfig(level=logging.WARNING, format="%(message)s")

    def serve(self, debug: bool = False) -> None:
        """Until Ctrl-C or SIGTERM. textual-serve's own tells no one when the port is open."""
        self.debug = debug
        self.initialize_logging()
        web.run_app(self._make_app(), host=self.host, port=self.port, print=lambda *_: self._ready(self.url))

    async def on_startup(self, app: web.Application) -> None:
        """Without textual-serve's banner."""

    async def on_shutdown(self, app: web.Application) -> None:
        """Every browser's console ends, and nobody waits for a window that is left open."""
        if ending := list(self._open):
            for task in ending:
                task.cancel()
            await asyncio.gather(*ending, return_exceptions=True)
            await asyncio.sleep(_REAPED_S)

    async def _make_app(self) -> web.Application:
        app = await super()._make_app()
        app.middlewares.append(self._guard)
        return app

    @property
    def _cookie(self) -> str:
        return f"clapboard-{self.port}"  # cookies know no ports: two rigs on one host are two names

    @web.middleware
    async def _guard(self, request: web.Request, handler: Handler) -> web.StreamResponse:
        if self._is(request.query.get("token")) and request.path == "/":
            answer = web.Response(
                status=303, headers={"Location": "/"}
            )  # the token leaves the address bar, and the history
            answer.set_cookie(self._cookie, self.token, httponly=True, samesite="Lax")
            return _quiet(answer)
        if not self._is(request.cookies.get(self._cookie)):
            return _quiet(web.Response(status=403, text="Open the address that clap collect --web printed.\n"))
        origin = request.headers.get("Origin")
        if origin is not None and urlsplit(origin).netloc != request.host:
            return _quiet(web.Response(status=403, text="A page of another site asks for the console.\n"))
        return await self._served(request, handler)

    async def _served(self, request: web.Request, handler: Handler) -> web.StreamResponse:
        task = asyncio.current_task()
        assert task is not None  # aiohttp handles each request in one
        self._open.add(task)
        try:
            return await handler(request)
        finally:
            self._open.discard(task)

    def _is(self, given: str | None) -> bool:
        return hmac.compare_digest((given or "").encode(errors="replace"), self.token.encode())

    async def handle_index(self, request: web.Request) -> web.Response:
        """The page; it loads nothing from elsewhere, and its socket is on the host that the browser asked."""
        font = request.query.get("fontsize", "")
        page = _PAGE.format(
            title=escape(self.title),
            websocket=f"{'wss' if request.secure else 'ws'}://{escape(request.host)}/ws",
            font=font if font.isdecimal() else 16,
        )
        return web.Response(text=page, content_type="text/html", headers={"Referrer-Policy": "no-referrer"})


def is_loopback(host: str) -> bool:
    """Is it this machine alone that can connect there?"""
    if host == "localhost":
        return True
    try:
        return ip_address(host).is_loopback
    except ValueError:
        return False


def _quiet(answer: web.Response) -> web.Response:
    answer.headers["Cache-Control"] = "no-store"
    answer.headers["Referrer-Policy"] = "no-referrer"
    return answer
