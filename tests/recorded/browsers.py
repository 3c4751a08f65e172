"""The requests of Chromium, Firefox and WebKit, in three surroundings.

- `at localhost`, which browsers trust like HTTPS, so they send Fetch Metadata
- `behind a service worker`, which passes each request on
- `over plain http`, on a host that is not localhost: without Fetch Metadata
"""

from __future__ import annotations

from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import asynccontextmanager
from functools import partial

from browser.engines import Browser, Engine, Tab
from browser.engines.chromium import Chromium
from browser.engines.firefox import Firefox
from browser.engines.webkit import Driver, WebKit, WebKitBrowser
from browser.server import Server

from . import Requests
from .site import OTHER_HOST, make_app, path_of, record

AT_LOCALHOST, WORKER, PLAIN = "at localhost", "behind a service worker", "over plain http"
SURROUNDINGS = (AT_LOCALHOST, WORKER, PLAIN)

HTML = """<!doctype html>
<title>Page</title>
<link rel="icon" href="data:,">
<a id="link" href="/link">Link</a>
<a id="ping" href="#here" ping="/ping">Link with a ping</a>
<form method="post" action="/form"><input name="name" value="value"><button>Send</button></form>"""

REGISTER = """new Promise(resolve => {
  navigator.serviceWorker.oncontrollerchange = () => resolve(true);
  navigator.serviceWorker.register("/service-worker");
})"""

INSERT = """void document.documentElement.append(
  Object.assign(document.createElement("{}"), {}))"""
SPECULATE = """(action => {
  const rules = document.createElement("script");
  rules.type = "speculationrules";
  rules.textContent = JSON.stringify({[action]: [{urls: ["PATH"], eagerness: "immediate"}]});
  document.head.append(rules);
})"""

# Scripts that cause a request. Some requests fail, and their promises are ignored.
SCRIPTS = {
    # At first, because Firefox prefetches when it has nothing else to load.
    "prefetch": INSERT.format("link", "{rel: 'prefetch', href: 'PATH'}"),
    "missing image": "void (new Image().src = 'PATH')",
    "missing style sheet": INSERT.format("link", "{rel: 'stylesheet', href: 'PATH'}"),
    "missing script": INSERT.format("script", "{src: 'PATH'}"),
    "missing module": "void import('PATH').catch(() => 0)",
    "missing JSON module": "void import('PATH', {with: {type: 'json'}}).catch(() => 0)",
    "missing font": "void new FontFace('name', 'url(PATH)').load().catch(() => 0)",
    "missing sound": "void (new Audio('PATH').preload = 'auto')",
    "missing film": INSERT.format("video", "{src: 'PATH', preload: 'auto'}"),
    "missing subtitles": """(() => {
      const video = document.createElement("video");
      const track = document.createElement("track");
      Object.assign(track, {src: "PATH", kind: "subtitles", default: true});
      video.append(track);
      document.body.append(video);
      track.track.mode = "showing";
    })()""",
    "missing worker": "void new Worker('PATH')",
    "WebSocket": "void new WebSocket(`ws://${location.host}PATH`)",
    "fetch": "void fetch('PATH')",
    "fetch of HTML": "void fetch('PATH', {headers: {Accept: 'text/html'}})",
    "fetch without CORS": "void fetch('PATH', {mode: 'no-cors'})",
    "fetch with POST": "void fetch('PATH', {method: 'POST', body: new URLSearchParams({a: 1})})",
    "redirected fetch": "void fetch('PATH')",
    "XMLHttpRequest": """(() => {
      const request = new XMLHttpRequest();
      request.open("GET", "PATH");
      request.send();
    })()""",
    "beacon": "void navigator.sendBeacon('PATH', 'text')",
    "event stream": "void new EventSource('PATH')",
    "iframe": INSERT.format("iframe", "{src: 'PATH'}"),
    "object": INSERT.format("object", "{data: 'PATH', type: 'text/html'}"),
    "embed": INSERT.format("embed", "{src: 'PATH', type: 'text/html'}"),
    "report": INSERT.format("iframe", "{src: '/reporting'}"),
    "prefetch by speculation": f"{SPECULATE}('prefetch')",
    "prerender by speculation": f"{SPECULATE}('prerender')",
    "missing download": """(() => {
      const link = Object.assign(document.createElement("a"), {href: "PATH", download: "name"});
      document.body.append(link);
      link.click();
    })()""",
}
SPECULATIONS = {"prefetch by speculation", "prerender by speculation"}

# Situations for which a browser sends nothing.
SILENT = {
    "firefox": {"ping", *SPECULATIONS},  # the ping because of a preference
    "webkit": {"prefetch", *SPECULATIONS},
}
SILENT_IN = {
    ("chromium", PLAIN): SPECULATIONS,
    ("webkit", PLAIN): {"WebSocket"},  # a proxy is in its way
}


class OtherHostChromium(Chromium):
    """Finds the server at another host too."""

    def arguments(self) -> list[str]:
        return [*super().arguments(), f"--host-resolver-rules=MAP {OTHER_HOST} 127.0.0.1"]


class OtherHostFirefox(Firefox):
    """Finds the server at another host too."""

    def prepare(self) -> None:
        preference = f'user_pref("network.dns.localDomains", "{OTHER_HOST}");\n'
        (self.directory / "user.js").write_text(preference)


class OtherHostWebKit(WebKit):
    """Uses the server as its proxy for the other host, because it has no option for names."""

    async def new_browser(self, url: str) -> Browser:
        host, _, port = url.removeprefix("http://").partition(":")
        if host != OTHER_HOST:
            return await super().new_browser(url)
        driver = Driver(f":{self.address}")
        driver.start()
        self._browsers.callback(driver.stop)
        browser = WebKitBrowser(driver, f"http://{host}", self.errors)
        self._browsers.push_async_callback(browser.close)
        arguments = ["--automation", f"--proxy=http://127.0.0.1:{port}"]
        await browser.start({"binary": self._path, "args": arguments})
        return browser


ENGINES: dict[str, type[Engine]] = {
    engine.name: engine for engine in (OtherHostChromium, OtherHostFirefox, OtherHostWebKit)
}


@asynccontextmanager
async def visiting(
    engine: Engine, html: str, surroundings: str = AT_LOCALHOST
) -> AsyncIterator[tuple[Tab, Server]]:
    """Serve the site, and open it in a browser that runs."""
    server = Server(make_app(html))
    async with server.running():
        await engine.connect()
        try:
            host = OTHER_HOST if surroundings == PLAIN else "localhost"
            browser = await engine.new_browser(server.url.replace("localhost", host))
            tab = await browser.new_tab()
            await tab.open("/")
            yield tab, server
        finally:
            await engine.disconnect()


async def record_browser(engine: Engine, surroundings: str) -> Requests:
    """Record the requests of a browser that runs."""
    requests: Requests = {}
    async with visiting(engine, HTML, surroundings) as (tab, server):
        if surroundings == WORKER:
            act = tab.evaluate(REGISTER)
            requests["service worker"] = await record(server, "service worker", act)
        requests["page"] = await record(server, "page", tab.open("/page"))
        requests["link"] = await record(server, "link", tab.click("#link"))
        requests["form"] = await record(server, "form", tab.click("button"))
        requests["page after form"] = await record(server, "page after form")
        await tab.open("/")
        for situation, request in _acts(tab, engine.name, surroundings).items():
            requests[situation] = await record(server, situation, request())
        after = "page after redirected fetch"
        requests[after] = await record(server, after)
    return requests


def _acts(tab: Tab, engine: str, surroundings: str) -> dict[str, Callable[[], Awaitable[object]]]:
    """Return what a tab does in each situation in which the browser sends a request."""
    acts: dict[str, Callable[[], Awaitable[object]]] = {
        situation: partial(tab.evaluate, script.replace("PATH", path_of(situation)))
        for situation, script in SCRIPTS.items()
    }
    acts = {"ping": partial(tab.click, "#ping", wait=False), **acts}
    silent = SILENT.get(engine, set()) | SILENT_IN.get((engine, surroundings), set())
    return {situation: act for situation, act in acts.items() if situation not in silent}
