"""How many bytes may be pending in own cookies, and which flashes are dropped or shortened (B7)."""

from __future__ import annotations

import pytest
from aiohttp import hdrs
from hypothesis import given, settings
from hypothesis import strategies as st
from markupsafe import Markup
from rules.random_flashes import repeatable
from support.own_cookies import KEY, PREFIX, header

from aiohttp_flashbag import CookieTransport
from aiohttp_flashbag.flash import Address, Delta, Flash, ids, new_id
from transports.visits import Browser, message, result_of, value

MAX_BYTES = 2500
HEADER = 8190  # bytes of a header line that aiohttp accepts


def test_the_largest_value_that_fits_travels_with_an_address() -> None:
    """Its size is predicted to the byte."""
    browser, address = Browser(), Address(10**15, "0123456789ab", "cdef01234567")
    fits = browser.send().store.fits
    sizes = [size for size in range(MAX_BYTES) if fits("form", "x" * size)]
    assert sizes == list(range(len(sizes)))
    largest = Flash(new_id(), "form", "x" * sizes[-1], address)
    browser.flash(largest)
    assert browser.pending == [largest]
    assert MAX_BYTES - 4 < browser.size <= MAX_BYTES


def test_97_a_value_that_is_too_large_is_dropped_and_the_others_travel(
    caplog: pytest.LogCaptureFixture,
) -> None:
    browser, small = Browser(), [value("small"), message("Saved")]
    form = value("form", "x" * MAX_BYTES)
    outcome = browser.visit(Delta(added=[small[0], form, small[1]]))
    assert outcome.dropped == {form.id: "too large"}
    assert outcome.after == browser.pending == small
    [record] = caplog.records
    assert record.levelname == "ERROR"
    assert "value 'form' of 2502 bytes" in record.message
    assert "max_bytes=2500 leaves 2500 bytes" in record.message
    assert "Keep large data in a database" in record.message


def test_97_the_log_of_many_large_values_is_one_line_without_their_content(
    caplog: pytest.LogCaptureFixture,
) -> None:
    Browser().visit(Delta(added=[value(f"key {n}", "secret" * 500) for n in range(12)]))
    [record] = caplog.records
    assert "value 'key 9'" in record.message
    assert "and 2 more" in record.message
    assert "secret" not in record.message


def test_a_value_that_replaces_another_and_is_too_large_leaves_neither() -> None:
    browser = Browser()
    browser.flash(old := value("form", "old"))
    browser.visit(Delta(gone={old.id}, added=[value("form", "x" * MAX_BYTES)]))
    assert browser.pending == []


def test_of_new_flashes_that_fit_only_alone_the_oldest_messages_are_dropped_first() -> None:
    browser = Browser()
    new = [message("a" * 700), value("b", "x" * 700), message("c" * 700), message("d" * 400)]
    outcome = browser.visit(Delta(added=new))
    assert outcome.after == browser.pending == [new[1], new[3]]


@pytest.mark.parametrize("letter", ["x", "ж", "漢", "🎈", '"'])
def test_a_message_that_is_too_long_is_shortened_where_the_room_ends(
    letter: str, caplog: pytest.LogCaptureFixture
) -> None:
    browser, long = Browser(), message(letter * 3000)
    [shortened] = browser.visit(Delta(added=[long])).added
    assert browser.pending == [shortened]
    text = shortened.content["m"]
    assert (set(text[:-1]), text[-1]) == ({letter}, "…")
    assert shortened.id == long.id
    assert MAX_BYTES - 8 < browser.size <= MAX_BYTES
    [record] = caplog.records
    assert record.levelname == "ERROR"
    assert "Shortened 1 messages, because max_bytes=2500. Flash shorter" in record.message


def test_a_message_that_is_too_long_is_shortened_beside_a_value() -> None:
    browser, long, error = Browser(), message("x" * 3000), value("error", "Taken")
    browser.visit(Delta(added=[long, error]))
    assert [flash.key for flash in browser.pending] == [None, "error"]


def test_a_message_that_is_too_long_replaces_an_older_one_that_leaves_no_room() -> None:
    browser = Browser()
    sizes = (browser.transport.size_of([message("x" * size)]) for size in range(3000))
    fills = sum(size <= MAX_BYTES for size in sizes) - 1
    browser.visit(Delta(added=[message("x" * fills), message("y" * 3000)]))
    [left] = browser.pending
    assert left.content["m"].startswith("yyy")


def test_no_space_is_left_before_the_ellipsis() -> None:
    [shortened] = Browser().visit(Delta(added=[message("word" + " " * 3000)])).added
    assert shortened.content["m"] == "word…"


def test_markup_that_is_too_long_becomes_text_without_tags() -> None:
    text = str(Markup("<p>{}</p>").format("<b>" * 1000))
    [shortened] = Browser().visit(Delta(added=[message(text, html=1, once=1)])).added
    assert shortened.content["m"].startswith("<b><b>")
    assert shortened.content["m"].endswith("…")
    assert shortened.content.keys() == {"m", "c", "once"}


def test_markup_that_is_short_without_its_tags_keeps_its_whole_text() -> None:
    text = "<p class='" + "x" * 3000 + "'>Tom &amp; Jerry</p>"
    [shortened] = Browser().visit(Delta(added=[message(text, html=1)])).added
    assert shortened.content == {"m": "Tom & Jerry", "c": "info"}


def test_a_message_whose_data_is_too_large_is_dropped(caplog: pytest.LogCaptureFixture) -> None:
    long = message("Saved", data={"link": "x" * 3000})
    assert Browser().visit(Delta(added=[long])).dropped == {long.id: "too large"}
    assert "Dropped a message of 5 bytes" in caplog.text
    assert "Shortened" not in caplog.text


def test_a_thousand_letters_of_any_alphabet_fit() -> None:
    browser = Browser(CookieTransport(KEY, max_bytes=3000))
    browser.flash(long := message("ж" * 1000))
    assert browser.pending == [long]


def test_the_oldest_cookies_make_room_and_are_deleted_whole(
    caplog: pytest.LogCaptureFixture,
) -> None:
    browser = Browser()
    names = [browser.flash(message(text * 700)) for text in "abc"]
    assert list(browser.cookies) == names[1:]
    assert caplog.messages == ["More than 2500 bytes of flashes are pending: dropped the oldest 1."]
    assert [flash.content["m"][0] for flash in browser.pending] == ["b", "c"]


def test_an_unreadable_cookie_is_deleted_only_when_its_room_is_needed(
    caplog: pytest.LogCaptureFixture,
) -> None:
    browser, planted = Browser(), f"{PREFIX}planted1"
    browser.cookies[planted] = "x" * 1500
    browser.flash(message("a" * 400))
    assert planted in browser.cookies
    browser.flash(message("b" * 400))
    assert planted not in browser.cookies
    assert len(browser.pending) == 2
    assert "dropped" not in caplog.text


@pytest.mark.parametrize("content", ["x" * 3500, "漢" * 1160])
def test_23_a_planted_cookie_larger_than_all_the_room_stops_no_flash(content: str) -> None:
    browser = Browser()
    browser.cookies[f"{PREFIX}planted1"] = content
    browser.flash(saved := message("Saved"))
    assert len(browser.cookies) == 1
    assert browser.pending == [saved]


kinds = st.sampled_from(["flash", "flash", "read one", "read halves", "read and flash", "clear"])


@settings(repeatable, max_examples=60)
@given(
    st.lists(st.tuples(kinds, st.integers(1, 6), st.integers(0, 200)), max_size=25),
    st.sampled_from([600, 2500]),
)
def test_requests_that_follow_each_other_never_exceed_max_bytes(
    steps: list[tuple[str, int, int]], max_bytes: int
) -> None:
    """Tombstones included."""
    browser = Browser(CookieTransport(KEY, max_bytes=max_bytes))
    for kind, count, size in steps:
        pending = browser.pending
        gone = pending[:1] if kind == "read one" else pending[::2] if "read" in kind else []
        added = [message("x" * size) for _ in range(count)] if "flash" in kind else []
        browser.visit(Delta(gone=ids(gone), added=added, clears=kind == "clear"))
        assert browser.size <= max_bytes


def test_the_tombstones_of_a_response_count_when_it_makes_room_for_its_new_cookie() -> None:
    browser, read = Browser(), []
    for _ in range(8):
        read.append(message("x" * 20))
        browser.flash(read[-1], message("x" * 20))
    new = message("x" * 20, data={"link": "y" * 150})
    assert MAX_BYTES - 100 < browser.size + browser.transport.size_of([new]) <= MAX_BYTES
    browser.visit(Delta(gone=ids(read), added=[new]))
    assert browser.size <= MAX_BYTES


def test_polls_that_read_one_value_each_never_exceed_max_bytes() -> None:
    browser = Browser()
    values = [value(f"key {number}") for number in range(40)]
    browser.flash(*values)
    for each in values:
        browser.consume(each)
        assert browser.size <= MAX_BYTES


@settings(repeatable, max_examples=60)
@given(
    st.lists(st.integers(0, 4000), max_size=3),
    st.lists(st.lists(st.integers(0, 800), min_size=1, max_size=6), min_size=1, max_size=6),
    st.lists(st.integers(0, 2000), max_size=2),
)
def test_54_the_header_stays_below_the_limit_of_aiohttp_whatever_other_cookies_leave(
    others: list[int], requests: list[list[int]], set_by_handler: list[int]
) -> None:
    """Cookies that the same response sets count too."""
    browser = Browser()
    other = {f"other{number}": "x" * size for number, size in enumerate(others)}
    other["stats"] = '{"id": [1, 2]}'  # not a proper cookie
    other |= {f"set{number}": "y" * size for number, size in enumerate(set_by_handler)}
    browser.cookies.update(other)
    for sizes in requests:
        visit = browser.send()
        for name in other:
            if name.startswith("set"):
                visit.response.headers.add(hdrs.SET_COOKIE, f"{name}={other[name]}; Max-Age=9")
        result_of(visit.commit(Delta(added=[message("x" * size) for size in sizes])))
        browser.receive(visit.lines)
        longest = max(HEADER, len(header(other.items())[hdrs.COOKIE]) + len("Cookie: "))
        assert len(header(browser.cookies.items())[hdrs.COOKIE]) + len("Cookie: ") <= longest


@pytest.mark.parametrize("name", ["other", f"{PREFIX}other-application"])
def test_54_a_message_is_shortened_to_the_room_that_other_cookies_leave(name: str) -> None:
    browser = Browser()
    browser.cookies[name] = "x" * 7000
    browser.visit(Delta(added=[message("x" * 3000)]))
    assert HEADER - 4 < len("Cookie: ") + browser.size <= HEADER


def test_54_a_message_is_shortened_to_the_room_that_cookies_of_the_same_response_leave() -> None:
    browser = Browser()
    visit = browser.send()
    visit.response.headers.add(hdrs.SET_COOKIE, f"other={'x' * 7000}; Max-Age=9")
    result_of(visit.commit(Delta(added=[message("x" * 3000)])))
    browser.receive(visit.lines)
    assert HEADER - 4 < len("Cookie: ") + browser.size <= HEADER


def test_54_pending_flashes_do_not_count_as_other_cookies() -> None:
    browser = Browser()
    browser.cookies["other"] = "x" * 6000
    for letter in "ab":
        browser.flash(message(letter * 600))
    assert len(browser.pending) == 2


def test_54_where_other_cookies_leave_no_room_the_log_says_so(
    caplog: pytest.LogCaptureFixture,
) -> None:
    browser = Browser()
    browser.cookies["other"] = "x" * 9000
    browser.visit(Delta(added=[message("Saved")]))
    assert browser.pending == []
    assert "max_bytes=2500 leaves 0 bytes" in caplog.text


def test_54_three_overlapping_submits_of_forms_below_1_kb_stay_below_the_limit_of_aiohttp() -> None:
    browser = Browser()
    visits = [browser.send() for _ in range(3)]
    for visit in visits:
        result_of(visit.commit(Delta(added=[value("form", "x" * 1000)])))
        browser.receive(visit.lines)
    assert len(browser.pending) == 3
    assert browser.size < HEADER - 3000
