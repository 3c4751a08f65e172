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
// How often the endpoint had nothing although the hint stays.
let vain = 0;
// Until then another page may come.
let leaving = 0;
let queue = Promise.resolve();
let queued, asking;

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
    next.tabIndex = next.tabIndex; // makes it focusable
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
  if (flashId && hasBegun) unreported.push(flashId);
  if (flashId && [...known, ...shown()].includes(flashId)) return flash.remove();
  if (flashId) remember(flashId);
  // The page's own markup.
  if (category === undefined) return;
  const detail = { message: flash.textContent.trim(), category, data };
  const event = new CustomEvent("flash", { bubbles: true, cancelable: true, detail });
  if (!flash.dispatchEvent(event)) return flash.remove(); // the page shows it
  announce(flash);
  addButton(flash);
  if (data.duration > 0) expire(flash, data.duration * 1000);
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
  asking = true;
  const xhr = await load();
  const found = xhr.response ? find(FLASHES, xhr.response) : [];
  if (found.length) region().append(...found);
  found.forEach(adopt);
  // For messages of another tab.
  const wait = xhr.getResponseHeader("Retry-After");
  if (wait) setTimeout(look, wait * 1000, setHint(1));
  else if (!found.length && isHinted() && ++vain > 1) foreign = hints();
}

async function report() {
  const body = new URLSearchParams(unreported.map((id) => ["seen", id]));
  const signal = AbortSignal.timeout(TIMEOUT);
  unreported = [];
  const response = await fetch(endpoint, { method: "POST", body, keepalive: true, signal });
  if (response.status !== 204) throw response;
}

async function synchronize() {
  try {
    if (isHinted()) await ask();
    if (unreported.length) await report();
  } catch {
    setHint(1);
  }
  asking = false;
  return true;
}

// Tabs take turns. One that hangs holds up the others for ten seconds.
async function askInTurn() {
  queued = null;
  if (!isHinted() && !unreported.length) return;
  const wait = leaving - Date.now();
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
  return (queued ??= queue = queue.then(askInTurn));
}

// Looks again, because a script may learn of a cookie after its response.
async function collect() {
  if (!(await look())) setTimeout(look, 150);
}

// Whether another page or request follows.
function goesOn({ detail: { xhr, ctx, fetchResponse } }) {
  const says = (name) => xhr?.getResponseHeader(name) ?? ctx?.response?.headers.get(name);
  if (fetchResponse?.contentType?.startsWith("text/html")) return true;
  return ["HX-Redirect", "HX-Location", "HX-Refresh"].some(says);
}

const listen = EventTarget.prototype.addEventListener.bind(window);
const on = (types, act) => types.split(" ").forEach((type) => listen(type, act, true));
const clear = () => find(FLASHES).forEach((flash) => flash.remove());

// Nothing comes back from the cache, the history or a preview.
on("pagehide pageshow", (event) => event.persisted && clear());
on("pagehide", () => asking && setHint(1)); // the next page asks
on("htmx:beforeHistorySave htmx:history:cache:before:save turbo:before-cache", clear);
on("DOMContentLoaded pageshow prerenderingchange turbo:load", look);
on("htmx:afterSettle turbo:render turbo:frame-load", collect);
on(
  "htmx:afterRequest htmx:finally:request turbo:submit-end",
  (event) => goesOn(event) || collect(),
);
// A plain form's message is for the next page.
on("submit", (event) => setTimeout(() => event.defaultPrevented || (leaving = Date.now() + 5000)));
if (get("readyState") === "complete") look();
Object.defineProperty(window, "flashbag", { value: { collect } });
