"""The rules of tabs (T1 to T4), told from the headers of single requests and responses."""

from __future__ import annotations

import json
from http.cookies import SimpleCookie

import pytest
from aiohttp import hdrs, web
from aiohttp.test_utils import make_mocked_request
from support.clock import Clock

from aiohttp_flashbag.flash import Address, Flash, new_id, now
from aiohttp_flashbag.tabs import address_for, for_this_request, move_addresses

SITE = "https://shop.example"
FORM, CART, LIST = f"{SITE}/new", f"{SITE}/cart", f"{SITE}/list"
TYPED = {"Sec-Fetch-Site": "none"}


def request_to(path: str, host: str = "shop.example", **headers: str) -> web.Request:
    """Return a request. Give the header Sec-Fetch-Site as `Sec_Fetch_Site`."""
    given = {name.replace("_", "-"): value for name, value in headers.items()}
    return make_mocked_request("GET", path, headers={"Host": host, **given})


def redirect_to(location: str) -> web.Response:
    return web.Response(status=303, headers={"Location": location})


def flash_for(path: str = "/list", *, page: str = FORM, at: int | None = None) -> Flash:
    """Return the flash of a form on `page` whose response redirects to `path`."""
    address = address_for(request_to("/save", Referer=page), redirect_to(path), at or now())
    assert address is not None
    return Flash(new_id(), "error", "Taken", address)


def reads(request: web.Request, *pending: Flash) -> list[Flash]:
    """Return the flashes that this request may read, and check that no flash is lost."""
    mine, others = for_this_request(pending, request)
    assert sorted([*mine, *others], key=pending.index) == list(pending)
    return list(mine)


# T1: which requests ignore a flash


ELSEWHERE = "https://other.example/page"


@pytest.mark.parametrize("referer", [None, CART, ELSEWHERE, f"{SITE}/", FORM, LIST])
@pytest.mark.parametrize("site", [None, "none", "cross-site"])
def test_t1_every_request_for_the_target_reads_the_flash(
    referer: str | None, site: str | None
) -> None:
    given = {"Referer": referer, "Sec_Fetch_Site": site}
    headers = {name: value for name, value in given.items() if value}
    assert reads(request_to("/list", **headers), flash := flash_for("/list")) == [flash]


@pytest.mark.parametrize("path", ["/lis", "/list/", "/List", "/", "/new", "/api/messages"])
def test_t1_a_request_from_another_page_to_another_path_ignores_it(path: str) -> None:
    assert reads(request_to(path, Referer=CART), flash_for("/list")) == []


@pytest.mark.parametrize(
    "headers",
    [
        TYPED,
        {"Referer": CART},
        {"Referer": f"{SITE}/list/"},  # almost the target
        {"Referer": f"{FORM}?page=2"},  # almost the sending page
        {"Referer": "http://shop.example/new"},
        {"Referer": f"{SITE}/?page=2"},
    ],
)
def test_t1_these_requests_visibly_come_from_elsewhere(headers: dict[str, str]) -> None:
    assert reads(request_to("/cart", **headers), flash_for("/list")) == []


@pytest.mark.parametrize(
    "headers",
    [
        *({}, {"Sec-Fetch-Site": "same-origin"}, {"Sec-Fetch-Site": "cross-site"}),
        *({"Referer": page} for page in (f"{SITE}/", SITE, "/cart", "about:blank", "")),
        *({"Referer": page} for page in (FORM, LIST, f"{LIST}?page=2#end", f"{SITE}/%6Cist")),
        {"Referer": FORM, **TYPED},
        pytest.param({"Referer": ELSEWHERE}, id="95 another host"),
    ],
)
def test_t1_these_requests_do_not_so_they_read_it(headers: dict[str, str]) -> None:
    flash = flash_for("/list")
    assert reads(request_to("/api/messages", **headers), flash) == [flash]


@pytest.mark.parametrize("referer", ["http://[::1/page", f"{SITE}:99999/page", "http://:x/page"])
def test_b7_a_referer_that_is_not_a_url_raises_nothing(referer: str) -> None:
    flash = flash_for("/list")
    assert reads(request_to("/list", Referer=referer), flash) == [flash]
    reads(request_to("/cart", Referer=referer), flash)


@pytest.mark.parametrize(
    ("age", "holds"), [(0, True), (4.9, True), (5.1, False), (-4.9, True), (-5.1, False)]
)
def test_t1_an_address_holds_for_5_seconds_by_any_clock(
    monkeypatch: pytest.MonkeyPatch, age: float, holds: bool
) -> None:
    Clock.start(monkeypatch, tick=0)
    flash = flash_for("/list", at=now() - int(age * 1_000_000))
    assert reads(request_to("/cart", Referer=CART), flash) == ([] if holds else [flash])


def test_an_address_reveals_no_url_and_differs_each_time() -> None:
    one, other = (
        address_for(request_to("/", Referer=FORM), redirect_to("/list"), at) for at in (1, 2)
    )
    assert one is not None
    assert other is not None
    hashes = {one.source, one.target, other.source, other.target}
    assert len(hashes) == 4
    assert all(len(each) == 12 and int(each, 16) for each in hashes)


# T1, T4: which responses address a flash, and to which path


def is_addressed(path: str, address: Address | None) -> bool:
    """Tell whether the address is for this path, and for no other one."""
    if address is None:
        return False
    flash = Flash(new_id(), "error", "Taken", address)
    assert reads(request_to("/elsewhere", Referer=CART), flash) == []
    return reads(request_to(path, Referer=CART), flash) == [flash]


HOST = "shop.example:8080"


def post(host: str = HOST, **headers: str) -> web.Request:
    given = {"Referer": f"https://{host}/new"} | headers
    return request_to("/articles/1?draft=1", host, **given)


def sends(status: int = 303, **headers: str) -> web.Response:
    given = {name.replace("_", "-"): value for name, value in headers.items()}
    return web.Response(status=status, headers=given)


@pytest.mark.parametrize(
    ("path", "locations"),
    [
        ("/list", ["/list", "/list?page=2#end", "/articles/../list", "../list", "/./list"]),
        ("/list", [f"//{HOST}/list", f"//{HOST}/articles/../list", f"http://{HOST}/list"]),
        ("/list", ["https://SHOP.example:8080/list", f"https://ann:secret@{HOST}/list"]),
        ("/articles/list", ["list"]),
        ("/articles/", ["./"]),
        ("/articles/1", ["?page=2", "#end"]),
        ("/caf%C3%A9", ["/caf%C3%A9", "/café"]),
        ("/a%20b", ["/a b"]),
        ("/", [f"https://{HOST}"]),
    ],
)
def test_t1_a_redirect_on_this_host_addresses_its_target_path(
    path: str, locations: list[str]
) -> None:
    for location in locations:
        assert is_addressed(path, address_for(post(), redirect_to(location), now())), location


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
def test_t1_a_redirect_to_another_host_addresses_nothing(location: str) -> None:
    assert address_for(post(), redirect_to(location), now()) is None


@pytest.mark.parametrize(
    ("host", "location"),
    [
        ("shop.example", f"{SITE}/list"),
        ("Shop.Example", f"{SITE}/list"),
        ("[::1]:8080", "http://[::1]:8080/list"),
        ("xn--bcher-kva.example", "https://bücher.example/list"),
        pytest.param("shop.example:443", f"{SITE}/list", id="83 default port"),
        pytest.param("shop.example", f"{SITE}:443/list", id="83 explicit port"),
    ],
)
def test_t1_hosts_are_compared_as_hosts(host: str, location: str) -> None:
    assert is_addressed("/list", address_for(post(host), redirect_to(location), now()))


def test_t1_a_malformed_host_addresses_nothing() -> None:
    assert address_for(post("not-a-host:99999"), redirect_to("/list"), now()) is None


@pytest.mark.parametrize("referer", ["", SITE, f"{SITE}/", "/new"])
def test_t1_a_request_that_does_not_name_its_page_addresses_nothing(referer: str) -> None:
    request = request_to("/save", Referer=referer)
    assert address_for(request, redirect_to("/list"), now()) is None


@pytest.mark.parametrize("status", [200, 201, 204, 300, 301, 302, 303, 304, 307, 308, 400, 404])
def test_t1_a_location_counts_only_in_a_redirect(status: int) -> None:
    address = address_for(post(), sends(status, Location="/list"), now())
    assert is_addressed("/list", address) is (300 <= status < 400)
    assert address_for(post(), sends(status), now()) is None


@pytest.mark.parametrize(
    ("headers", "follows"),
    [
        ({"Sec_Fetch_Dest": "document"}, True),
        ({"Sec_Fetch_Dest": "empty", "Sec_Fetch_Mode": "navigate"}, True),
        ({"Sec_Fetch_Dest": "empty", "Accept": "text/html"}, True),
        ({"Sec_Fetch_Dest": "empty", "HX_Request": "true"}, True),
        ({"Sec_Fetch_Dest": "empty", "Turbo_Frame": "cart"}, True),
        ({"Sec_Fetch_Dest": "empty"}, False),
        ({"X_Requested_With": "XMLHttpRequest"}, False),
        ({"Sec_Fetch_Dest": "image"}, False),
        ({"Sec_Purpose": "prefetch"}, False),
    ],
)
def test_t4_a_fetch_addresses_nothing_unless_htmx_leaves_the_page(
    headers: dict[str, str], follows: bool
) -> None:
    request = post(**headers)
    address = address_for(request, redirect_to("/list"), now())
    assert is_addressed("/list", address) is follows
    for status in (200, 204, 303, 422):
        for response in (sends(status, HX_Redirect="/list"), sends(status, HX_Location="/list")):
            assert is_addressed("/list", address_for(request, response, now()))


@pytest.mark.parametrize(
    ("value", "path"),
    [
        (json.dumps({"path": "/list", "target": "#main"}), "/list"),
        (json.dumps({"path": "list?page=2"}), "/articles/list"),
        ("list", "/articles/list"),
        (json.dumps({"path": "https://other.example/list"}), None),
        (json.dumps({"path": ["/list"]}), None),
        (json.dumps({"path": ""}), None),
        ("{}", None),
        ("{broken", None),
        ('{"path": ' * 20_000, None),
    ],
    ids=lambda value: value and value[:20],
)
def test_t1_hx_location_may_be_json_with_a_path(value: str, path: str | None) -> None:
    address = address_for(post(), sends(200, HX_Location=value), now())
    assert address is None if path is None else is_addressed(path, address)


def test_t1_the_first_of_htmx_headers_that_is_not_empty_decides() -> None:
    def goes_to(path: str, **headers: str) -> bool:
        return is_addressed(path, address_for(post(), sends(303, **headers), now()))

    assert goes_to("/third", HX_Redirect="", HX_Location="", Location="/third")
    assert goes_to("/second", HX_Redirect="", HX_Location="/second", Location="/third")
    assert goes_to("/first", HX_Redirect="/first", HX_Location="/second", Location="/third")


# T2: the address moves along


def notes(
    *seen: Flash, path: str = "/list", to: str = "/final", page: str = FORM, scheme: str = "http"
) -> list[str]:
    """Return the cookies with which a redirect at `path` moves the addresses of flashes."""
    response = redirect_to(to)
    request = request_to(path, Referer=page).clone(scheme=scheme)
    move_addresses(seen, request, response)
    return response.headers.getall(hdrs.SET_COOKIE, [])


def pair(line: str) -> str:
    return line.partition(";")[0]


@pytest.mark.parametrize("header", ["{}", "a=1; {}", "{}; a=1", "a=1;{};b=2", "broken; {}"])
def test_t2_a_further_redirect_moves_the_address_to_its_target(header: str) -> None:
    flash = flash_for("/list")
    [line] = notes(flash)
    cookie = header.format(pair(line))

    def is_mine(path: str, page: str) -> bool:
        return reads(request_to(path, Referer=page, Cookie=cookie), flash) == [flash]

    assert is_mine("/final", CART)
    assert is_mine("/faq", f"{SITE}/final")
    assert is_mine("/faq", FORM)
    assert not is_mine("/list", CART)
    assert not is_mine("/faq", LIST)


def test_t2_only_the_addressee_moves_an_address_and_only_to_this_host() -> None:
    flash = flash_for("/list")
    assert notes(flash, page=CART) == []
    assert notes(flash, path="/faq") == []
    assert notes(flash, to="https://other.example/") == []
    assert notes(flash_for("/list", at=now() - 6_000_000)) == []


def test_t2_the_two_newest_addresses_move_each_to_its_own_flash() -> None:
    flashes = [flash_for("/list", at=now() + n) for n in range(3)]
    lines = notes(*flashes)
    assert len(lines) == 2
    cookie = "; ".join(map(pair, lines))
    request = request_to("/final", Referer=CART, Cookie=cookie)
    assert reads(request, *flashes) == flashes[1:]


@pytest.mark.parametrize("scheme", ["http", "https"])
def test_t2_the_cookie_is_short_lived_and_not_for_scripts(scheme: str) -> None:
    [line] = notes(flash_for("/list"), scheme=scheme)
    [cookie] = SimpleCookie(line).values()
    assert cookie.key.startswith("AIOHTTP_FLASHBAG")
    assert (cookie["max-age"], cookie["path"], cookie["samesite"]) == ("5", "/", "Lax")
    assert cookie["httponly"]
    assert bool(cookie["secure"]) is (scheme == "https")


@pytest.mark.parametrize("page", [FORM, CART])
@pytest.mark.parametrize(
    ("status", "said", "is_stored"),
    [
        *((301, None, True), (302, None, False), (303, None, False), (308, None, True)),
        *((303, "max-age=60", True), (303, "private", False)),
    ],
)
def test_b5_a_redirect_with_a_note_is_not_stored_by_caches(
    page: str, status: int, said: str | None, is_stored: bool
) -> None:
    """Caches store the redirects 301 and 308, and others if a header allows it."""
    headers = {"Location": "/final", **({"Cache-Control": said} if said else {})}
    response = web.Response(status=status, headers=headers)
    move_addresses([flash_for("/list")], request_to("/list", Referer=page), response)
    forbids = page == FORM and is_stored
    assert response.headers.get("Cache-Control") == ("no-store" if forbids else said)


@pytest.mark.parametrize(
    "damaged",
    [
        *("{name}=", "{name}=garbage", "{name}=AAAAAAAAAAAA", "{name}0={value}"),
        *("X{name}={value}", "{short}={value}", "{short}٣={value}"),
    ],
)
def test_b7_a_damaged_note_counts_as_none(damaged: str) -> None:
    flash = flash_for("/list")
    name, _, value = pair(*notes(flash)).partition("=")
    cookie = damaged.format(name=name, short=name[:-1], value=value)
    assert reads(request_to("/list", Referer=CART, Cookie=cookie), flash) == [flash]
    assert reads(request_to("/final", Referer=CART, Cookie=cookie), flash) == []


# T3: two pages that redirect to the same path


def test_t3_the_addressee_ignores_flashes_of_another_page_for_the_same_path() -> None:
    mine, other = flash_for("/list"), flash_for("/list", page=CART)
    assert reads(request_to("/list", Referer=FORM), mine, other) == [mine]
    assert reads(request_to("/list", Referer=CART), mine, other) == [other]


@pytest.mark.parametrize("headers", [{}, TYPED, {"Referer": LIST}, {"Referer": f"{SITE}/faq"}])
def test_t3_a_request_that_matches_neither_reads_both(headers: dict[str, str]) -> None:
    both = [flash_for("/list"), flash_for("/list", page=CART)]
    assert reads(request_to("/list", **headers), *both) == both


def test_t3_a_page_that_redirected_twice_reads_both() -> None:
    both = [flash_for("/list"), flash_for("/list")]
    assert reads(request_to("/list", Referer=FORM), *both) == both


def test_t3_flashes_for_other_paths_follow_t1() -> None:
    mine, for_cart = flash_for("/list"), flash_for("/cart", page=CART)
    for_form = flash_for("/new", page=CART)  # the page that this request comes from
    unaddressed = Flash(new_id(), "other", "Taken")
    pending = [mine, for_cart, for_form, unaddressed]
    request = request_to("/list", Referer=FORM)
    assert reads(request, *pending) == [mine, for_form, unaddressed]
