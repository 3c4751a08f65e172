// Shows the flash messages that are pending, on pages from a cache too. A cookie without content,
// the hint, says whether there are any; else nothing is asked.
window.flashbag ??= (({ endpoint, hint, attributes }) => {
  const adopted = new WeakSet();
  const seen = new Set(); // ids: overlapping responses may hold the same message
  let asking;
  let leaving = 0; // until then another page may come

  const all = (page = document) => [...page.querySelectorAll("[data-flash]")];
  const clear = () => all().forEach((flash) => flash.remove());
  const isHinted = () => document.cookie.split("; ").includes(`${hint}=1`);
  const setHint = (value) => (document.cookie = `${hint}=${value}${attributes}`);
  const make = (tag, values) => Object.assign(document.createElement(tag), values);
  const on = (types, act) => types.split(" ").forEach((type) => addEventListener(type, act, true));

  function region() {
    const found = document.querySelector("[data-flashes]") ?? make("div", { className: "flashes" });
    if (!found.isConnected) document.body.prepend(found);
    found.dataset.flashes ??= "";
    return found;
  }

  // Screen readers announce only what comes into a live region that was empty, so the text moves
  // into one a moment later.
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
      const next = document.querySelector(".flash-close") ?? region();
      next.tabIndex = next.tabIndex; // makes it focusable
      next.focus();
    };
    flash.append(button);
  }

  // Not while it is in use, or out of sight.
  function expire(flash, time) {
    setTimeout(() => {
      if (document.hidden || flash.matches(":hover, :focus-within")) expire(flash, time);
      else flash.remove();
    }, time);
  }

  function adopt(flash) {
    const { flash: category, flashId, turboTemporary, ...data } = flash.dataset;
    adopted.add(flash);
    if (flashId && seen.has(flashId)) return flash.remove();
    seen.add(flashId);
    const detail = { message: flash.textContent.trim(), category, data };
    const event = new CustomEvent("flash", { bubbles: true, cancelable: true, detail });
    if (!flash.dispatchEvent(event)) return flash.remove(); // the page shows it
    announce(flash);
    addButton(flash);
    if (data.duration > 0) expire(flash, data.duration * 1000);
  }

  // Turns the hint to 0 first: a response that flashes meanwhile sets it again.
  async function ask() {
    if (!isHinted()) return false;
    setHint("0; Max-Age=9");
    try {
      const response = await fetch(endpoint, { method: "POST", headers: { Accept: "text/html" } });
      if (!response.ok) throw response.status;
      const html = new DOMParser().parseFromString(await response.text(), "text/html");
      region().append(...all(html));
      return true;
    } catch {
      setHint(1); // still pending
      return false;
    }
  }

  async function look() {
    if (document.prerendering || "turboPreview" in document.documentElement.dataset) return;
    all().filter((flash) => !adopted.has(flash)).forEach(adopt);
    if (!isHinted()) return asking;
    const wait = leaving - Date.now();
    if (wait > 0) return void setTimeout(look, wait);
    // Other tabs wait for the lock.
    return (asking ??= (navigator.locks?.request(hint, ask) ?? ask()).then((done) => {
      asking = null;
      return done && look();
    }));
  }

  // Looks twice: a script may learn of a cookie after its response.
  function collect() {
    setTimeout(look, 150);
    return look();
  }

  // Whether another page or request follows.
  function goesOn({ detail: { xhr, ctx, fetchResponse } }) {
    const says = (name) => xhr?.getResponseHeader(name) ?? ctx?.response?.headers.get(name);
    if (fetchResponse?.contentType?.startsWith("text/html")) return true;
    return ["HX-Redirect", "HX-Location", "HX-Refresh"].some(says);
  }

  // Nothing comes back from the cache, the history or a preview.
  on("pagehide pageshow", (event) => event.persisted && clear());
  on("htmx:beforeHistorySave htmx:history:cache:before:save turbo:before-cache", clear);
  on("DOMContentLoaded pageshow prerenderingchange turbo:load", look);
  on("htmx:afterSettle turbo:render turbo:frame-load", collect);
  on("htmx:afterRequest htmx:finally:request turbo:submit-end", (event) => goesOn(event) || collect());
  // A plain form's message is for the next page.
  on("submit", (event) => setTimeout(() => event.defaultPrevented || (leaving = Date.now() + 5000)));
  if (document.readyState === "complete") look();
  return { collect };
})(document.currentScript.dataset);
