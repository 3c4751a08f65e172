"""The request headers of real clients, recorded in `headers.json`, for the tests of S1.

`python -m tests.recorded` records them again.
"""

from __future__ import annotations

import json
from dataclasses import dataclass
from pathlib import Path

from aiohttp import web
from aiohttp.test_utils import make_mocked_request

FILE = Path(__file__).with_name("headers.json")


@dataclass(frozen=True)
class Recorded:
    """A request of a client. The headers are in the order in which they were sent."""

    method: str
    headers: dict[str, str]

    def request(self) -> web.Request:
        """Return it as a request that a handler would get."""
        return make_mocked_request(self.method, "/", headers=self.headers)


Requests = dict[str, Recorded]
"""The requests of a client by situation."""


def load() -> dict[str, Requests]:
    """Return the recorded requests by client and situation."""
    clients = json.loads(FILE.read_text(encoding="utf-8"))
    return {
        client: {situation: Recorded(**request) for situation, request in requests.items()}
        for client, requests in clients.items()
    }


def save(clients: dict[str, Requests]) -> None:
    """Replace the recorded requests."""
    data = {
        client: {situation: vars(request) for situation, request in requests.items()}
        for client, requests in clients.items()
    }
    FILE.write_text(json.dumps(data, indent=1, ensure_ascii=False) + "\n", encoding="utf-8")
