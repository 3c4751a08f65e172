"""T1, T4: to which path of this host a response sends its browser, told from headers."""

from __future__ import annotations

import json

import pytest
from multidict import CIMultiDict
from yarl import URL

from aiohttp_flashbag.fetch_metadata import redirect_path

HOST = "shop.example:8080"


def goes_to(
    status: int = 303,
    *,
    mode: str | None = None,
    host: str = HOST,
    **response: str,
) -> str | None:
    """Where POST /articles/1?draft=1 is sent; `HX_Redirect` stands for HX-Redirect."""
    request = {} if mode is None else {"Sec-Fetch-Mode": mode}
    headers = {name.replace("_", "-"): value for name, value in response.items()}
    url = URL("/articles/1?draft=1")
    return redirect_path(url, host, CIMultiDict(request), status, CIMultiDict(headers))


@pytest.mark.parametrize(
    ("location", "path"),
    [
        ("/list", "/list"),
        ("/list?page=2#end", "/list"),
        ("list", "/articles/list"),
        ("../list", "/list"),
        ("/articles/../list", "/list"),
        ("/./list", "/list"),
        (f"//{HOST}/articles/../list", "/list"),
        ("./", "/articles/"),
        ("?page=2", "/articles/1"),
        ("#end", "/articles/1"),
        ("/caf%C3%A9", "/café"),
        ("/café", "/café"),
        ("/a b", "/a b"),
        (f"//{HOST}/list", "/list"),
        (f"http://{HOST}/list", "/list"),
        (f"https://{HOST}/list", "/list"),
        (f"https://{HOST}", "/"),
        (f"https://SHOP.example:8080/{'list'}", "/list"),
        (f"https://ann:secret@{HOST}/list", "/list"),
    ],
)
def test_t1_a_location_on_this_host_names_a_path(location: str, path: str) -> None:
    assert goes_to(Location=location) == path


@pytest.mark.parametrize(
    "location",
    [
        *("https://other.example/list", "//other.example/list", "https://shop.example/list"),
        *("https://shop.example:8081/list", f"https://{HOST}@other.example/list"),
        *("http://[::1/list", "http://shop.example:99999/list", "http://shop.example:x/list"),
        *("mailto:ann@shop.example", "com.shop.app:/list", "javascript:history.back()", ""),
        *("http:///list", "about:blank"),
    ],
)
def test_t1_a_location_elsewhere_names_none(location: str) -> None:
    assert goes_to(Location=location) is None


@pytest.mark.parametrize(
    ("host", "location"),
    [
        ("shop.example", "https://shop.example/list"),
        ("Shop.Example", "https://shop.example/list"),
        ("[::1]:8080", "http://[::1]:8080/list"),
        ("xn--bcher-kva.example", "https://bücher.example/list"),
        ("garbage:99999", "/list"),
    ],
)
def test_t1_the_host_is_compared_as_a_host(host: str, location: str) -> None:
    assert goes_to(host=host, Location=location) == "/list"


def test_b7_a_garbled_host_is_nobodys() -> None:
    assert goes_to(host="garbage:99999", Location="http://garbage:99999/list") is None
    assert goes_to(host="garbage:99999", Location="http://garbage/list") is None


@pytest.mark.parametrize("status", [200, 201, 204, 400, 404, 500])
def test_t1_a_location_counts_in_a_redirect_only(status: int) -> None:
    assert goes_to(status, Location="/list") is None


@pytest.mark.parametrize("status", [300, 301, 302, 303, 307, 308])
def test_t1_every_redirect_counts(status: int) -> None:
    assert goes_to(status, Location="/list") == "/list"


def test_t1_a_response_that_names_nothing_leads_nowhere() -> None:
    assert goes_to(200) is None
    assert goes_to(304) is None


@pytest.mark.parametrize("mode", ["cors", "no-cors", "same-origin", "websocket", ""])
@pytest.mark.parametrize("status", [302, 303])
def test_t4_a_redirect_of_a_fetch_names_none(mode: str, status: int) -> None:
    assert goes_to(status, mode=mode, Location="/list") is None


@pytest.mark.parametrize("mode", [None, "navigate"])
def test_t4_a_redirect_of_a_page_names_its_path(mode: str | None) -> None:
    assert goes_to(mode=mode, Location="/list") == "/list"


@pytest.mark.parametrize("mode", [None, "navigate", "cors", "same-origin"])
@pytest.mark.parametrize("status", [200, 204, 303, 422])
@pytest.mark.parametrize("header", ["HX_Redirect", "HX_Location"])
def test_t4_htmx_follows_its_own_headers_in_every_mode(
    mode: str | None, status: int, header: str
) -> None:
    assert goes_to(status, mode=mode, **{header: "/list"}) == "/list"


@pytest.mark.parametrize(
    ("said", "path"),
    [
        (json.dumps({"path": "/list", "target": "#main"}), "/list"),
        (json.dumps({"path": "list?page=2"}), "/articles/list"),
        (json.dumps({"path": "https://other.example/list"}), None),
        (json.dumps({"target": "#main"}), None),
        (json.dumps({"path": None}), None),
        (json.dumps({"path": ["/list"]}), None),
        (json.dumps({"path": ""}), None),
        ("{}", None),
        ("{broken", None),
        ('{"path": ' * 20_000, None),
        ('{"path": ' + "[" * 20_000, None),
        ("list", "/articles/list"),
    ],
    ids=lambda value: value[:20] if value else str(value),
)
def test_hx_location_may_be_json_with_a_path(said: str, path: str | None) -> None:
    assert goes_to(200, HX_Location=said) == path


def test_an_empty_header_of_htmx_leaves_the_word_to_the_next() -> None:
    assert goes_to(HX_Redirect="", HX_Location="", Location="/list") == "/list"
    assert goes_to(HX_Redirect="", HX_Location="/list") == "/list"
    assert goes_to(HX_Redirect="/first", HX_Location="/second", Location="/third") == "/first"
