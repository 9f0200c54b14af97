"""The console in a browser is served to whoever has the token, and nothing at all to anybody else."""

import asyncio
import threading
from collections.abc import Awaitable, Callable

import pytest
from aiohttp import ClientResponse, WSMsgType, WSServerHandshakeError
from aiohttp.test_utils import TestClient, TestServer

from collector.web import ConsoleServer, is_loopback

# What textual-serve takes for an app: a line by which it knows one, then frames; it ends when it is told to.
APP = r"printf '__GANGLION__\nD\000\000\000\002hi'; head -c 1 > /dev/null"

Talk = Callable[[ConsoleServer, TestClient], Awaitable[None]]


def serve(talk: Talk, command: str = APP) -> None:
    """Talk to a server of this command."""

    async def run() -> None:
        server = ConsoleServer(command, "127.0.0.1", 8470, "A <rig>", lambda url: None)
        async with TestClient(TestServer(await server._make_app())) as client:
            await talk(server, client)
        await reaped()

    asyncio.run(run())


async def reaped() -> None:
    """Until the loop has heard of the end of every app that was started: textual-serve does not wait for them."""
    apps = [thread for thread in threading.enumerate() if "waitpid" in thread.name]
    for app in apps:
        await asyncio.to_thread(app.join, 10)
    for _ in range(10 if apps else 0):
        await asyncio.sleep(0.005)


async def let_in(server: ConsoleServer, client: TestClient) -> ClientResponse:
    return await client.get("/", params={"token": server.token})


def test_without_the_token_nothing_is_served() -> None:
    async def talk(server: ConsoleServer, client: TestClient) -> None:
        for path in ("/", "/static/js/textual.js", "/static/", "/download/x", "/nowhere"):
            for wrong in ({}, {"token": ""}, {"token": "wrong"}, {"token": server.token[:-1]}):
                answer = await client.get(path, params=wrong)
                assert answer.status == 403, path
                assert "clap collect --web" in await answer.text()
                assert not answer.cookies
        for headers in ({}, {"Cookie": "clapboard-8470=wrong"}):
            with pytest.raises(WSServerHandshakeError, match="403"):
                await client.ws_connect("/ws", headers=headers)

    serve(talk)


def test_the_token_counts_at_the_front_door_only() -> None:
    async def talk(server: ConsoleServer, client: TestClient) -> None:
        for path in ("/ws", "/static/js/textual.js"):
            assert (await client.get(path, params={"token": server.token})).status == 403

    serve(talk)


def test_the_token_becomes_a_cookie_that_no_script_and_no_other_site_can_use() -> None:
    async def talk(server: ConsoleServer, client: TestClient) -> None:
        first = await client.get("/", params={"token": server.token}, allow_redirects=False)
        assert (first.status, first.headers["Location"]) == (303, "/")
        cookie = first.cookies["clapboard-8470"]
        assert (cookie["httponly"], cookie["samesite"]) == (True, "Lax")
        assert first.headers["Cache-Control"] == "no-store"
        page = await client.get("/")
        assert page.status == 200
        assert server.token not in await page.text()

    serve(talk)


def test_the_page_loads_nothing_from_elsewhere_and_its_socket_is_where_the_browser_asked() -> None:
    async def talk(server: ConsoleServer, client: TestClient) -> None:
        text = await (await let_in(server, client)).text()
        assert f'data-session-websocket-url="ws://127.0.0.1:{client.port}/ws"' in text
        assert "https://" not in text and text.count("http://") == 0
        assert "A &lt;rig&gt;" in text
        for path in (
            "/static/js/textual.js",
            "/static/css/xterm.css",
            "/static/fonts/RobotoMono-VariableFont_wght.ttf",
        ):
            assert path in text
            assert (await client.get(path)).status == 200
        assert 'data-font-size="16"' in await (await client.get("/", params={"fontsize": '"><script>'})).text()

    serve(talk)


def test_with_the_token_the_console_is_there() -> None:
    async def talk(server: ConsoleServer, client: TestClient) -> None:
        await let_in(server, client)
        async with client.ws_connect("/ws?width=80&height=24") as socket:
            assert await socket.receive_bytes(timeout=10) == b"hi"

    serve(talk)


def test_a_page_of_another_site_cannot_reach_the_console_through_the_browser() -> None:
    async def talk(server: ConsoleServer, client: TestClient) -> None:
        await let_in(server, client)
        for origin in ("http://evil.example", f"http://127.0.0.1:{(client.port or 0) + 1}", "null"):
            with pytest.raises(WSServerHandshakeError, match="403"):
                await client.ws_connect("/ws", headers={"Origin": origin})
        async with client.ws_connect("/ws", headers={"Origin": f"http://127.0.0.1:{client.port}"}) as socket:
            assert await socket.receive_bytes(timeout=10) == b"hi"

    serve(talk)


def test_it_ends_at_once_though_a_window_is_open() -> None:
    async def talk(server: ConsoleServer, client: TestClient) -> None:
        await let_in(server, client)
        socket = await client.ws_connect("/ws")
        assert await socket.receive_bytes(timeout=10) == b"hi"
        ended, last = await asyncio.wait_for(asyncio.gather(server.on_shutdown(client.app), socket.receive()), 10)
        assert ended is None
        assert last.type is WSMsgType.CLOSE

    serve(talk)


def test_every_server_has_a_token_of_its_own_that_cannot_be_guessed() -> None:
    tokens = {ConsoleServer(APP, "127.0.0.1", 1, "", print).token for _ in range(20)}
    assert len(tokens) == 20
    assert all(len(token) >= 32 for token in tokens)


def test_the_address_is_one_that_another_machine_can_use() -> None:
    def url(host: str) -> str:
        return ConsoleServer(APP, host, 80, "", print).url.partition("?")[0]

    assert url("10.0.0.7") == "http://10.0.0.7:80/"
    assert url("::1") == "http://[::1]:80/"
    assert "0.0.0.0" not in url("0.0.0.0")


@pytest.mark.parametrize(
    ("host", "here"),
    [("127.0.0.1", True), ("127.8.8.8", True), ("localhost", True), ("::1", True), ("0.0.0.0", False),
     ("10.0.0.7", False), ("::", False), ("rig.example", False)],
)  # fmt: skip
def test_what_only_this_machine_can_reach(host: str, here: bool) -> None:
    assert is_loopback(host) is here
