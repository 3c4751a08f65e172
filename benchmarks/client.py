"""A small blocking client, because it shares the CPU with the server that is measured."""

from __future__ import annotations

import socket
from collections.abc import Mapping, Sequence
from contextlib import ExitStack, closing
from dataclasses import dataclass

HOST = "127.0.0.1"
_TIMEOUT = 10.0  # seconds

BROWSER = {
    "Connection": "keep-alive",
    "Upgrade-Insecure-Requests": "1",
    "User-Agent": "Mozilla/5.0 (X11; Linux x86_64) AppleWebKit/537.36 (KHTML, like Gecko) "
    "Chrome/156.0.0.0 Safari/537.36",
    "Accept": "text/html,application/xhtml+xml,application/xml;q=0.9,image/avif,image/webp,"
    "image/apng,*/*;q=0.8",
    "Sec-Fetch-Site": "same-origin",
    "Sec-Fetch-Mode": "navigate",
    "Sec-Fetch-User": "?1",
    "Sec-Fetch-Dest": "document",
    "Referer": f"http://{HOST}/form",
    "Accept-Encoding": "gzip, deflate, br, zstd",
    "Accept-Language": "en-US,en;q=0.9",
}
"""The headers that Chromium sends with a form on /form, and after the redirect."""

HEADERS: Mapping[str, str] = BROWSER
"""The headers of every request whose CPU time is measured."""


@dataclass(frozen=True)
class Step:
    """A request, and the status and text that its response must have."""

    method: str
    path: str
    status: int = 200
    text: str = ""


class Browser:
    """One visitor: a connection that is kept open, and cookies."""

    def __init__(self, port: int, headers: Mapping[str, str] = HEADERS) -> None:
        self._socket = socket.create_connection((HOST, port), _TIMEOUT)
        self._stream = self._socket.makefile("rb")
        self._headers = "".join(f"{name}: {value}\r\n" for name, value in headers.items()).encode()
        self.cookies: dict[bytes, bytes] = {}

    def close(self) -> None:
        self._stream.close()
        self._socket.close()

    def go(self, step: Step) -> bytes:
        """Send the request, store the cookies, and return the body of the response.

        Raises OSError if the server dies, and RuntimeError for an unexpected response.
        """
        line = f"{step.method} {step.path} HTTP/1.1\r\nHost: {HOST}\r\n".encode()
        length = b"Content-Length: 0\r\n" if step.method == "POST" else b""
        jar = b"; ".join(b"%b=%b" % cookie for cookie in self.cookies.items())
        cookie = b"Cookie: %b\r\n" % jar if jar else b""
        self._socket.sendall(line + self._headers + length + cookie + b"\r\n")
        status, body = self._receive()
        if status != step.status or step.text.encode() not in body:
            raise RuntimeError(f"{step} got {status}: {body.decode()}")
        return body

    def _receive(self) -> tuple[int, bytes]:
        status, length = self._stream.readline()[9:12], 0
        while (line := self._stream.readline()) != b"\r\n":
            if not line:
                raise ConnectionResetError("the server closed the connection")
            name, _, value = line.partition(b": ")
            if name.lower() == b"set-cookie":
                self._store(value)
            elif name.lower() == b"content-length":
                length = int(value)
        return int(status), self._stream.read(length)

    def _store(self, cookie: bytes) -> None:
        pair, _, attributes = cookie.partition(b";")
        name, _, value = pair.strip().partition(b"=")
        if b"max-age=0" in attributes.lower() or b"01 Jan 1970" in attributes:
            self.cookies.pop(name, None)
        else:
            self.cookies[name] = value


class Crowd:
    """Several visitors who take turns, one request at a time."""

    def __init__(self, port: int, visitors: int) -> None:
        with ExitStack() as stack:
            self.browsers = [stack.enter_context(closing(Browser(port))) for _ in range(visitors)]
            self.close = stack.pop_all().close

    def log_in(self) -> None:
        """Start a session for each visitor, with names of different lengths.

        An encrypted session cookie is padded, and two thirds of all lengths end in "=". Cookies
        quote that character, which costs time. Names that differ by 16 bytes even this out.
        """
        for number, browser in enumerate(self.browsers):
            name = "ada" + number * "-of-the-lovelace"
            browser.go(Step("POST", f"/login?name={name}"))

    def walk(self, steps: Sequence[Step], times: int = 1, *, forgetful: bool = False) -> None:
        """Take all steps, `times` over. Forgetful visitors lose their cookies after each step."""
        for _ in range(times):
            for step in steps:
                for browser in self.browsers:
                    browser.go(step)
                    if forgetful:
                        browser.cookies.clear()
