// Shows pending flash messages, also on pages from a cache. A cookie without content, the hint, says
// whether there are any. The script reports a message once it is in the page.

// User content can hide members of document, as <img name=cookie> does. Its prototype is safe.
const proto = Document.prototype;
const get = (name) => Reflect.get(proto, name, document);
const find = (css, page = document) => [...proto.querySelectorAll.call(page, css)];
const make = (tag, values) => Object.assign(proto.createElement.call(document, tag), values);

const { hint, attributes } = find("script[data-hint]")[0].dataset;
const endpoint = location.origin + new URL("messages", import.meta.url).pathname;
const FLASHES = "[data-flash], [data-flash-id]";
const TIMEOUT = 10000;
const adopted = new WeakSet();
const known = [];
// Ids in HTML that a script has loaded, or the endpoint.
let unreported = [];
let hasBegun = false;
// More with hints that cannot be overwritten, such as one for another path.
let foreign = 1;
// Until then the endpoint is not asked, for example because another page may come.
let quiet = 0;
let queue = Promise.resolve();
let queued, asking;

const pause = (time) => (quiet = Date.now() + time);
const hints = () => get("cookie").split(`${hint}=1`).length;
const isHinted = () => hints() > foreign;
const setHint = (value, age = 86400) =>
  Reflect.set(proto, "cookie", `${hint}=${value}; Max-Age=${age}${attributes}`, document);

// What this browser has shown. Storage may be forbidden.
function shown() {
  try {
    return localStorage[hint].split(" ");
  } catch {
    return known;
  }
}

function remember(id) {
  known.push(id);
  try {
    localStorage[hint] = [...shown(), id].slice(-100).join(" ");
  } catch {}
}

function region() {
  const found = find("[data-flashes]")[0] ?? make("div", { className: "flashes" });
  if (!found.isConnected) find("body")[0].prepend(found);
  found.dataset.flashes ??= "";
  return found;
}

// Screen readers announce only text that comes into an empty live region.
function announce(flash) {
  const text = [...flash.childNodes];
  const live = make("div", { role: flash.role ?? "status" });
  flash.role = null;
  flash.append(live);
  setTimeout(() => live.append(...text), 150);
}

function addButton(flash) {
  const button = make("button", { type: "button", className: "flash-close", textContent: "×" });
  button.ariaLabel = region().dataset.close ?? "Close";
  button.onclick = () => {
    flash.remove();
    const next = find(".flash-close")[0] ?? region();
    // Makes it focusable.
    next.tabIndex = next.tabIndex;
    next.focus();
  };
  flash.append(button);
}

// Not while it is in use, or out of sight.
function expire(flash, time) {
  setTimeout(() => {
    if (get("hidden") || flash.matches(":hover, :focus-within")) expire(flash, time);
    else flash.remove();
  }, time);
}

function adopt(flash) {
  const { flash: category, flashId, turboTemporary, ...data } = flash.dataset;
  if (adopted.has(flash)) return;
  adopted.add(flash);
  if (flashId) {
    if (hasBegun) unreported.push(flashId);
    if ([...known, ...shown()].includes(flashId)) return flash.remove();
    remember(flashId);
  }
  // The page's own markup.
  if (category === undefined) return;
  const detail = { message: flash.textContent.trim(), category, data };
  const event = new CustomEvent("flash", { bubbles: true, cancelable: true, detail });
  // The page may show it in its own way.
  if (!flash.dispatchEvent(event)) return flash.remove();
  announce(flash);
  addButton(flash);
  if (data.duration > 0) expire(flash, Math.min(data.duration * 1000, 2 ** 31 - 1));
}

// XMLHttpRequest parses HTML under every policy for Trusted Types. A login page lacks the header.
const load = () =>
  new Promise((done, fail) => {
    const xhr = new XMLHttpRequest();
    xhr.open("POST", endpoint);
    xhr.responseType = "document";
    xhr.timeout = TIMEOUT;
    xhr.onloadend = () => (xhr.getResponseHeader("Flash-Messages") ? done(xhr) : fail());
    xhr.send();
  });

// Resets the hint first: a response that flashes meanwhile sets it again.
async function ask() {
  setHint(0, 9);
  const stuck = hints();
  asking = true;
  const xhr = await load();
  const found = xhr.response ? find(FLASHES, xhr.response) : [];
  if (found.length) region().append(...found);
  found.forEach(adopt);
  // For messages of another tab.
  const wait = xhr.getResponseHeader("Retry-After");
  if (wait) {
    setHint(1);
    setTimeout(look, wait * 1000);
    pause(1000);
  } else if (!found.length) foreign = stuck;
}

async function synchronize() {
  try {
    if (isHinted()) await ask();
    if (!unreported.length) return true;
    const body = new URLSearchParams(unreported.map((id) => ["seen", id]));
    unreported = [];
    const signal = AbortSignal.timeout(TIMEOUT);
    const response = await fetch(endpoint, { method: "POST", body, keepalive: true, signal });
    if (response.status !== 204) throw response;
  } catch {
    setHint(1);
  } finally {
    asking = false;
  }
  return true;
}

// Tabs take turns. One that hangs holds up the others for ten seconds.
async function askInTurn() {
  queued = null;
  if (!isHinted() && !unreported.length) return;
  const wait = quiet - Date.now();
  if (wait > 0) return void setTimeout(look, wait);
  const signal = AbortSignal.timeout(TIMEOUT);
  return (
    navigator.locks?.request(hint, { signal }, synchronize).catch(synchronize) ?? synchronize()
  );
}

// Resolves to whether it asked the endpoint.
async function look() {
  if (get("prerendering") || "turboPreview" in find("html")[0].dataset) return;
  find(FLASHES).forEach(adopt);
  hasBegun = true;
  return (queued ??= queue = queue.catch(() => {}).then(askInTurn));
}

// Looks again, because a script may learn of a cookie after its response.
async function collect(options) {
  if (options?.ask) setHint(1);
  if (!(await look())) setTimeout(look, 150);
}

// Another page or request may follow, and a swap that is delayed would take the message along.
function requestEnded(event) {
  const { target, xhr, ctx, fetchResponse } = event.detail;
  const says = (name) => xhr?.getResponseHeader(name) ?? ctx?.response?.headers.get(name);
  if (target?.matches?.(".htmx-swapping")) return setTimeout(requestEnded, 50, event);
  if (fetchResponse?.contentType?.startsWith("text/html")) return;
  if (!["HX-Redirect", "HX-Location", "HX-Refresh"].some(says)) collect();
}

const { addEventListener: listen } = EventTarget.prototype;
const on = (types, act) => types.split(" ").forEach((type) => listen.call(window, type, act, true));
const clear = () => find(FLASHES).forEach((flash) => flash.remove());

// A second copy of the module does nothing.
if (!Object.hasOwn(window, "flashbag")) {
  Object.defineProperty(window, "flashbag", { value: { collect } });
  // Nothing comes back from the cache, the history or a preview.
  on("pagehide pageshow", (event) => event.persisted && clear());
  // The next page asks.
  on("pagehide", () => asking && setHint(1));
  on("htmx:beforeHistorySave htmx:history:cache:before:save turbo:before-cache", clear);
  on("DOMContentLoaded pageshow prerenderingchange turbo:load", look);
  on("htmx:afterSettle turbo:frame-load", collect);
  // The page that a stream refreshes would take the message along.
  on("turbo:before-stream-render", (e) => e.detail.newStream.action === "refresh" && pause(5000));
  on("turbo:render", () => collect((quiet = 0)));
  on("htmx:afterRequest htmx:finally:request", requestEnded);
  on("turbo:submit-end", (event) => setTimeout(requestEnded, 50, event));
  // A plain form's message is for the next page.
  on("submit", (event) => setTimeout(() => event.defaultPrevented || pause(5000)));
  if (get("readyState") === "complete") look();
}
