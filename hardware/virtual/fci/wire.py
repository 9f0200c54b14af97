"""A TCP port of the control interface: one client at a time, never blocking."""

import socket
import struct
from dataclasses import dataclass

_LARGEST = 4096  # bytes; no request comes near
_ACCEPT_EVERY = 8  # polls


@dataclass(frozen=True, slots=True)
class Request:
    """One message of the client."""

    command: int
    id: int
    payload: bytes


class Port:
    """Listens, keeps one client, turns away the others; messages begin with `header` (command, id, size)."""

    def __init__(self, address: str, port: int, header: struct.Struct) -> None:
        self._header = header
        self._listener = socket.create_server((address, port), backlog=4)
        self._listener.setblocking(False)
        self._client: socket.socket | None = None
        self._buffer = bytearray()
        self._polls = 0

    @property
    def peer(self) -> str | None:
        """The client's address, None without one."""
        return None if self._client is None else self._client.getpeername()[0]

    @property
    def connected(self) -> bool:
        """Is there a client?"""
        return self._client is not None

    def poll(self) -> list[Request]:
        """Requests that have come in whole. A client that left is dropped before the next is let in."""
        requests = self._read()
        self._polls += 1
        if self._polls % _ACCEPT_EVERY == 0:
            self._accept()
        return requests

    def send(self, command: int, request_id: int, payload: bytes) -> None:
        """Answer a request."""
        if self._client is None:
            return
        size = self._header.size + len(payload)
        try:
            self._client.sendall(self._header.pack(command, request_id, size) + payload)
        except OSError:
            self.drop()

    def drop(self) -> None:
        """Let the client go."""
        if self._client is not None:
            self._client.close()
        self._client = None
        self._buffer.clear()

    def close(self) -> None:
        """Let go and stop listening."""
        self.drop()
        self._listener.close()

    def _read(self) -> list[Request]:
        if self._client is None:
            return []
        try:
            data = self._client.recv(_LARGEST)
        except BlockingIOError:
            return []
        except OSError:
            data = b""
        if not data:
            self.drop()
            return []
        self._buffer += data
        return self._split()

    def _accept(self) -> None:
        try:
            client, _ = self._listener.accept()
        except BlockingIOError:
            return
        if self._client is not None:
            # A reset tells libfranka at once; a plain close would leave it waiting for ever.
            client.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, struct.pack("ii", 1, 0))
            client.close()
            return
        client.setblocking(False)
        client.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
        self._client = client

    def _split(self) -> list[Request]:
        requests: list[Request] = []
        while len(self._buffer) >= self._header.size:
            command, request_id, size = self._header.unpack_from(self._buffer)
            if not self._header.size <= size <= _LARGEST:
                self.drop()
                break
            if len(self._buffer) < size:
                break
            requests.append(Request(command, request_id, bytes(self._buffer[self._header.size : size])))
            del self._buffer[:size]
        return requests
