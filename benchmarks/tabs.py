"""What it costs to tell two tabs apart: `python -m benchmarks.tabs`.

A page without a flash does none of this.
"""

from __future__ import annotations

from timeit import repeat

from multidict import CIMultiDict
from yarl import URL

from aiohttp_flashbag.address import Address, Sender, now
from aiohttp_flashbag.fetch_metadata import redirect_path, sender, sending_page

_TIMES = 20_000
_PAGE = "https://shop.example/articles/new"
_HEADERS = CIMultiDict({"Referer": _PAGE, "Sec-Fetch-Mode": "navigate"})
_REDIRECT = CIMultiDict({"Location": "/articles"})
_URL = URL("/articles/new")


def address() -> Address:
    """Return what a redirect that flashes needs."""
    path = redirect_path(_URL, "shop.example", _HEADERS, 303, _REDIRECT)
    return Address.sealed(now(), sending_page(_HEADERS), path or "")


def look(addresses: set[Address]) -> Sender:
    """Find out, as the page does that shows the flash, whether it is the addressee."""
    page = sender("/articles", _HEADERS)
    if page.told_apart(addresses) != (addresses, set()):
        raise RuntimeError("the addressee does not get what is addressed to it")
    return page


def main() -> None:
    """Print the least of five runs: others on the machine only make one slower."""
    addresses = {address()}
    for what, function in (
        ("the redirect that flashes", address),
        ("the page that shows it", lambda: look(addresses)),
    ):
        microseconds = min(repeat(function, number=_TIMES, repeat=5)) / _TIMES * 1e6
        print(f"{what}: {microseconds:.1f} µs")  # noqa: T201


if __name__ == "__main__":
    main()
