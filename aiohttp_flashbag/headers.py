"""What an answer says to browsers and caches when something waited or is sent."""

from __future__ import annotations

from collections.abc import MutableMapping, Sequence
from typing import Any

from aiohttp import hdrs

from .bag import Change, Flashbag


def lay_on(
    response: Any, bag: Flashbag, change: Change, cookies: Sequence[str], *, clear_preloads: bool
) -> None:
    """Keep it out of shared caches (B5), clear preloaded pages (B3), set the cookies."""
    headers = response.headers
    if bag.found or _concerns_one_user(change, bag):
        _forbid_caching(headers)
    if clear_preloads:
        headers.add("Clear-Site-Data", '"prefetchCache", "prerenderCache"')
    if cookies:
        set_already = [_name(line) for line in headers.getall(hdrs.SET_COOKIE, ())]
        set_already += response.cookies
        for line in cookies:
            if _name(line) not in set_already:
                headers.add(hdrs.SET_COOKIE, line)


def _concerns_one_user(change: Change, bag: Flashbag) -> bool:
    """B1: clearing what nothing waited in is nothing."""
    return bool(change) and (bag.came or change.adds)


def _forbid_caching(headers: MutableMapping[str, str]) -> None:
    """B5."""
    said = headers.get(hdrs.CACHE_CONTROL, "").lower()
    if "private" not in said and "no-store" not in said:
        headers[hdrs.CACHE_CONTROL] = "no-store"


def _name(line: str) -> str:
    return line.partition("=")[0]
