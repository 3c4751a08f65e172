"""T1, T3: whether a request passes over what a redirect addressed, as a table of headers."""

from __future__ import annotations

from collections.abc import Iterable, Set
from typing import Any

import pytest
from multidict import CIMultiDict
from support.clock import Clock

from aiohttp_flashbag.address import Address, Sender, now
from aiohttp_flashbag.fetch_metadata import MOVED, sender, sending_page

SITE = "https://shop.example"
NEW, OTHER, LIST = f"{SITE}/new", f"{SITE}/cart", f"{SITE}/list"
AT = 1_700_000_000_000_000
FLASH = Address.sealed(AT, NEW, "/list")  # the form on /new was answered with a redirect to /list
OF_OTHER_TAB = Address.sealed(AT + 1, OTHER, "/list")

ABSENT: dict[str, str] = {}
TYPED = {"Sec-Fetch-Site": "none"}
SAME_ORIGIN = {"Sec-Fetch-Site": "same-origin"}


def from_page(url: str, **headers: str) -> dict[str, str]:
    return {"Referer": url, **headers}


def asks(path: str, headers: dict[str, str]) -> Sender:
    return sender(path, CIMultiDict(headers))


def passed_over(
    path: str, headers: dict[str, str], addresses: Iterable[Address] = (FLASH,)
) -> Set[Address]:
    return asks(path, headers).told_apart(addresses)[1]


def received(
    path: str, headers: dict[str, str], addresses: Iterable[Address] = (FLASH,)
) -> Set[Address]:
    return asks(path, headers).told_apart(addresses)[0]


@pytest.mark.parametrize(
    "headers",
    [
        pytest.param(ABSENT, id="nothing"),
        pytest.param(TYPED, id="a typed address"),
        pytest.param(from_page(OTHER), id="a link on another page"),
        pytest.param(from_page("https://other.example/page"), id="a link on another site"),
        pytest.param(from_page(f"{SITE}/"), id="no more than an origin"),
    ],
)
def test_t1_a_request_for_the_path_of_the_redirect_sees_it(headers: dict[str, str]) -> None:
    assert passed_over("/list", headers) == set()


@pytest.mark.parametrize("path", ["/lis", "/list/", "/List", "/", "/new", "/api/messages"])
def test_t1_a_request_from_elsewhere_for_another_path_passes_it_over(path: str) -> None:
    assert passed_over(path, from_page(OTHER)) == {FLASH}


@pytest.mark.parametrize(
    "headers",
    [
        pytest.param(TYPED, id="a typed address"),
        pytest.param(from_page(OTHER), id="a page"),
        pytest.param(from_page(f"{SITE}/list/"), id="a page of almost the path"),
        pytest.param(from_page(f"{NEW}?page=2"), id="the sending page with a query"),
        pytest.param(from_page(NEW.replace("https", "http")), id="the page by another scheme"),
        pytest.param(from_page("https://other.example/page"), id="another site"),
        pytest.param(from_page(f"{SITE}/?page=2"), id="the root with a query"),
        pytest.param(from_page("http://[::1/page"), id="a Referer that is no URL"),
        pytest.param(from_page("http://h:99999/page"), id="a Referer with a wrong port"),
        pytest.param(from_page("https://shop.example/\udce9"), id="a Referer that is no UTF-8"),
        pytest.param(from_page("android-app://com.example/page"), id="an application"),
    ],
)
def test_t1_these_say_that_a_request_comes_from_elsewhere(headers: dict[str, str]) -> None:
    assert passed_over("/cart", headers) == {FLASH}


@pytest.mark.parametrize(
    "headers",
    [
        pytest.param(ABSENT, id="nothing"),
        pytest.param(SAME_ORIGIN, id="the same origin"),
        pytest.param({"Sec-Fetch-Site": "cross-site"}, id="another site"),
        pytest.param({"Sec-Fetch-Site": "None"}, id="no value of the specification"),
        pytest.param(from_page(""), id="an empty Referer"),
        pytest.param(from_page(f"{SITE}/"), id="an origin"),
        pytest.param(from_page(SITE), id="an origin without a slash"),
        pytest.param(from_page("/cart"), id="a path"),
        pytest.param(from_page("about:blank"), id="about:blank"),
        pytest.param(from_page("garbage"), id="garbage"),
    ],
)
def test_t1_these_say_too_little_so_the_request_sees_it(headers: dict[str, str]) -> None:
    assert passed_over("/cart", headers) == set()


@pytest.mark.parametrize(
    "headers",
    [
        pytest.param(from_page(NEW), id="the page that sent the form"),
        pytest.param(from_page(LIST), id="the page of the redirect"),
        pytest.param(from_page(f"{LIST}?page=2#end"), id="the page of the redirect, with a query"),
        pytest.param(from_page(f"{SITE}/%6Cist"), id="the page of the redirect, escaped"),
        pytest.param(from_page(NEW, **TYPED), id="the Referer counts for more than the site"),
    ],
)
def test_t1_what_the_tab_itself_loads_meanwhile_sees_it(headers: dict[str, str]) -> None:
    assert passed_over("/api/messages", headers) == set()


@pytest.mark.parametrize("path", ["/café", "/a b", "/100%", "/a/b", "/\udce9"])
def test_t1_any_path_finds_its_flash(path: str) -> None:
    addressed = Address.sealed(AT, NEW, path)
    assert passed_over(path, from_page(OTHER), [addressed]) == set()
    assert passed_over("/cart", from_page(OTHER), [addressed]) == {addressed}


def test_t3_the_very_addressee_passes_over_what_another_page_addressed_to_its_path() -> None:
    both = FLASH, OF_OTHER_TAB
    assert passed_over("/list", from_page(NEW), both) == {OF_OTHER_TAB}
    assert passed_over("/list", from_page(OTHER), both) == {FLASH}


@pytest.mark.parametrize("headers", [ABSENT, TYPED, from_page(LIST), from_page(f"{SITE}/faq")])
def test_t3_who_is_not_the_addressee_of_either_sees_both(headers: dict[str, str]) -> None:
    assert passed_over("/list", headers, [FLASH, OF_OTHER_TAB]) == set()


def test_t3_one_page_that_addressed_twice_gets_both() -> None:
    again = Address.sealed(AT + 5, NEW, "/list")
    assert passed_over("/list", from_page(NEW), [FLASH, again]) == set()


def test_t3_the_addressee_sees_what_is_for_another_path_as_t1_says() -> None:
    for_cart = Address.sealed(AT + 1, OTHER, "/cart")
    for_new = Address.sealed(AT + 2, OTHER, "/new")  # to the page from which this one comes
    assert passed_over("/list", from_page(NEW), [FLASH, for_cart, for_new]) == {for_cart}


def test_only_the_path_and_the_page_together_make_the_addressee() -> None:
    assert received("/list", from_page(NEW), [FLASH, OF_OTHER_TAB]) == {FLASH}
    assert received("/list", from_page(OTHER)) == set()
    assert received("/list", ABSENT) == set()
    assert received("/cart", from_page(NEW)) == set()


def moved(address: Address, path: str) -> str:
    return f"{MOVED}{address.at}={address.hash_of(path)}"


@pytest.mark.parametrize("cookies", ["{}", "a=1; {}", "{}; a=1", "a=1;{};b=2", "broken; {}"])
def test_t2_a_note_moves_the_address_to_another_path(cookies: str) -> None:
    headers = {"Cookie": cookies.format(moved(FLASH, "/final"))}
    assert passed_over("/final", from_page(OTHER, **headers)) == set()
    assert passed_over("/faq", from_page(f"{SITE}/final", **headers)) == set()
    assert passed_over("/faq", from_page(NEW, **headers)) == set()
    assert passed_over("/list", from_page(OTHER, **headers)) == {FLASH}
    assert received("/final", from_page(NEW, **headers)) == {FLASH}


def test_t2_a_note_moves_one_address_only() -> None:
    headers = {"Cookie": moved(OF_OTHER_TAB, "/final")}
    assert passed_over("/final", from_page(f"{SITE}/faq", **headers), [FLASH, OF_OTHER_TAB]) == {
        FLASH
    }


@pytest.mark.parametrize(
    "note",
    [
        f"{MOVED}{AT}=",
        f"{MOVED}{AT}=garbage",
        f"{MOVED}{AT}={'A' * 12}",
        f"{MOVED}={'0' * 12}",
        f"{MOVED}{AT}{AT}={'0' * 12}",
        f"{MOVED}{'٣' * 16}={'0' * 12}",
        f"X{MOVED}{AT}={'0' * 12}",
        f"{MOVED}{AT + 5}={'0' * 12}",
    ],
)
def test_b7_a_note_of_a_wrong_shape_or_of_another_flash_counts_as_none(note: str) -> None:
    assert passed_over("/list", from_page(OTHER, Cookie=note)) == set()
    assert passed_over("/faq", from_page(OTHER, Cookie=note)) == {FLASH}


def test_the_page_that_sent_a_request_is_its_referer() -> None:
    assert sending_page(CIMultiDict(from_page(f"{NEW}?page=2"))) == f"{NEW}?page=2"
    assert sending_page(CIMultiDict(from_page(f"{SITE}/"))) == ""
    assert sending_page(CIMultiDict(ABSENT)) == ""


def test_an_address_tells_nothing_of_a_url_and_is_another_each_time() -> None:
    at, source, target = FLASH
    assert at == AT
    assert (len(source), len(target)) == (12, 12)
    assert int(source + target, 16)
    again = Address.sealed(AT + 1, NEW, "/list")
    assert len({source, target, again.source, again.target}) == 4


@pytest.mark.parametrize(
    ("age", "is_open"), [(0, True), (4.9, True), (5.1, False), (-4.9, True), (-5.1, False)]
)
def test_t1_an_address_counts_for_five_seconds_by_any_clock(
    monkeypatch: pytest.MonkeyPatch, age: float, is_open: bool
) -> None:
    clock = Clock.start(monkeypatch, tick=0)
    address = Address.sealed(now() - int(age * 1_000_000), NEW, "/list")
    assert address.is_open(now()) is is_open
    assert not Address(address.at).is_open(now())
    looked = now()
    clock.go_on(60)
    assert address.is_open(looked) is (age < 5)


@pytest.mark.parametrize(("later", "is_open"), [(0, True), (59, True), (64.9, True), (65.1, False)])
def test_t1_what_is_addressed_while_a_request_takes_long_counts_for_it(
    monkeypatch: pytest.MonkeyPatch, later: float, is_open: bool
) -> None:
    clock = Clock.start(monkeypatch, tick=0)
    looked = now()
    clock.go_on(60)
    assert Address.sealed(looked + int(later * 1_000_000), NEW, "/").is_open(looked) is is_open


@pytest.mark.parametrize(
    "stored",
    [
        *(None, 1, "text", {}, [], [AT], [AT, "", "", ""], {"at": AT}),
        *([str(AT), "", ""], [float(AT), "", ""], [True, "", ""], [AT, 1, ""], [AT, "", None]),
        *([AT, [], {}], [None, "a", "b"]),
    ],
    ids=repr,
)
def test_b7_a_stored_address_of_a_wrong_shape_is_none(stored: Any) -> None:
    assert Address.parse(stored) is None


def test_a_stored_address_comes_back() -> None:
    assert Address.parse([*FLASH]) == FLASH
    assert Address.parse((AT, "", "")) == Address(AT)
