"""A client that costs next to nothing: one kept-alive connection, and the cookies of one visitor.

It is as blocking and as simple as can be, for it shares the CPU with the server that is measured.
"""

from __future__ import annotations

import re
import socket
from collections.abc import Sequence
from dataclasses import dataclass
from types import TracebackType

from .launch import HOST

_LENGTH = re.compile(rb"\r\ncontent-length: (\d+)", re.IGNORECASE)
_CHUNKED = re.compile(rb"\r\ntransfer-encoding: chunked", re.IGNORECASE)
_COOKIE = re.compile(rb"\r\nset-cookie: ([^=]+)=([^;\r]*)([^\r]*)", re.IGNORECASE)
_DELETED = re.compile(rb"max-age=0\b|01[ -]jan[ -]1970", re.IGNORECASE)


@dataclass(frozen=True)
class Step:
    """A request, and what its answer must be like."""

    method: str
    path: str
    status: int = 200
    text: str = ""


class WrongAnswerError(RuntimeError):
    """An answer that is not as its step says."""

    def __init__(self, step: Step, head: bytes, body: bytes) -> None:
        super().__init__(f"the answer to {step} is\n{head.decode()}\n{body.decode()}")
        self.status, self.body = int(head[9:12]), body


class Browser:
    """One visitor."""

    def __init__(self, port: int) -> None:
        self._socket = socket.create_connection((HOST, port))
        self._received = b""
        self.cookies: dict[bytes, bytes] = {}

    def close(self) -> None:
        """Leave."""
        self._socket.close()

    def send(self, step: Step) -> None:
        """Ask."""
        jar = b"; ".join(b"%b=%b" % cookie for cookie in self.cookies.items())
        line = f"{step.method} {step.path} HTTP/1.1\r\nHost: {HOST}\r\n".encode()
        length = b"Content-Length: 0\r\n" if step.method == "POST" else b""
        self._socket.sendall(line + length + (b"Cookie: %b\r\n" % jar if jar else b"") + b"\r\n")

    def receive(self, step: Step) -> bytes:
        """The body of the answer, which must be as the step says; its cookies are kept."""
        head = self._until(b"\r\n\r\n")
        length = _LENGTH.search(head)
        body = self._read(int(length[1])) if length else b""
        if _CHUNKED.search(head):
            body = self._until(b"0\r\n\r\n")
        self._check(step, head, body)
        for name, value, attributes in _COOKIE.findall(head):
            self._keep(name, value, attributes)
        return body

    def go(self, step: Step) -> bytes:
        """Ask, and receive."""
        self.send(step)
        return self.receive(step)

    def _until(self, end: bytes) -> bytes:
        while (place := self._received.find(end)) < 0:
            self._fill()
        return self._read(place + len(end))

    def _read(self, size: int) -> bytes:
        while len(self._received) < size:
            self._fill()
        read, self._received = self._received[:size], self._received[size:]
        return read

    def _fill(self) -> None:
        try:
            received = self._socket.recv(65536)
        except ConnectionResetError:
            received = b""
        if not received:
            raise RuntimeError("the server closed the connection; what it wrote is above")
        self._received += received

    def _keep(self, name: bytes, value: bytes, attributes: bytes) -> None:
        if _DELETED.search(attributes):
            self.cookies.pop(name, None)
        else:
            self.cookies[name] = value

    def _check(self, step: Step, head: bytes, body: bytes) -> None:
        if int(head[9:12]) != step.status or step.text.encode() not in body:
            raise WrongAnswerError(step, head, body)


class Crowd:
    """Several visitors who do the same, one request at a time."""

    def __init__(self, port: int, visitors: int) -> None:
        self.browsers = [Browser(port) for _ in range(visitors)]

    def __enter__(self) -> Crowd:
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        traceback: TracebackType | None,
    ) -> None:
        for browser in self.browsers:
            browser.close()

    def log_in(self) -> None:
        """Begin a session for each visitor, with names of different lengths.

        A session in an encrypted cookie is padded: two thirds of all lengths end in "=", which is
        quoted in a cookie and takes half as long again. Names that are 16 bytes apart even it out.
        """
        for number, browser in enumerate(self.browsers):
            name = "ada" + number * "-of-the-lovelace"
            browser.go(Step("POST", f"/login?name={name}"))

    def walk(self, steps: Sequence[Step], times: int = 1, *, forgetful: bool = False) -> None:
        """Take all steps, `times` over. Who is forgetful keeps no cookies."""
        for _ in range(times):
            for step in steps:
                self._take(step)
                if forgetful:
                    self.forget()

    def forget(self) -> None:
        """Lose all cookies."""
        for browser in self.browsers:
            browser.cookies.clear()

    def _take(self, step: Step) -> None:
        for browser in self.browsers:
            browser.go(step)
