// Listens to a stream that says when mail is pending, and lets flashbag.js ask for it. One tab of a
// browser has the stream and tells the others, because browsers limit the connections to a host.

const proto = Document.prototype;
const isHidden = () => Reflect.get(proto, "hidden", document);
const url = location.origin + new URL("live", import.meta.url).pathname;
const { locks } = navigator;
const SECOND = 1000;
// The server closes a stream sooner. A connection that is lost during sleep may seem open.
const LIFETIME = 330 * SECOND;
// Whether mail is pending and no tab has asked.
let isDue = false;
let failures = 0;
let stop = () => {};
// Opens the stream, if this tab has it.
let connect = () => {};
let channel, source, timer;

// A hidden tab asks when it becomes visible, unless another tab has asked.
function ask() {
  if (!isDue || isHidden()) return;
  isDue = false;
  channel?.postMessage("asked");
  flashbag.collect({ ask: true });
}

function hear(text) {
  isDue = text === "mail";
  ask();
}

function disconnect() {
  clearTimeout(timer);
  source?.close();
}

function giveUp() {
  disconnect();
  connect = () => {};
}

// The browser's own reconnection gives up after an error of a proxy, and does not slow down.
function open(end) {
  disconnect();
  const began = Date.now();
  source = new EventSource(url);
  source.addEventListener("mail", () => {
    channel?.postMessage("mail");
    hear("mail");
  });
  source.addEventListener("end", end);
  source.onerror = () => {
    disconnect();
    failures = Date.now() - began > 60 * SECOND ? 0 : Math.min(failures + 1, 7);
    timer = setTimeout(open, 2 ** failures * SECOND * (0.25 + Math.random() / 2), end);
  };
  timer = setTimeout(open, LIFETIME, end);
}

// Resolves when this tab gives up the stream.
const lead = (signal) =>
  new Promise((done) => {
    const end = () => {
      giveUp();
      done();
    };
    if (signal.aborted) return done();
    signal.addEventListener("abort", end);
    connect = () => open(end);
    connect();
  });

// Leads once the lock is free, and again after a newer page has taken it.
async function compete(options, signal) {
  let hasLed = false;
  try {
    await locks.request(url, options, () => lead(signal, (hasLed = true)));
  } catch {
    if (!hasLed || signal.aborted) return;
    giveUp();
    compete({ signal }, signal);
  }
}

// The newest page takes the stream over, because its cookies belong to the current user.
function start() {
  stop();
  const abort = new AbortController();
  const { signal } = abort;
  stop = () => abort.abort();
  if (!locks) return isHidden() || lead(signal);
  channel = new BroadcastChannel(url);
  channel.onmessage = (event) => hear(event.data);
  signal.addEventListener("abort", () => (channel = channel.close()));
  compete({ steal: true }, signal);
}

const on = (types, act) => types.split(" ").forEach((type) => addEventListener(type, act, true));

function visibilityChanged() {
  ask();
  if (!locks) isHidden() ? stop() : start();
}

// A second copy of the module does nothing.
if (window.flashbag?.collect && !flashbag.live) {
  flashbag.live = true;
  start();
  on("visibilitychange", visibilityChanged);
  // A page with a lock cannot enter the back-forward cache, and a stream would stay open there.
  on("pagehide", () => stop());
  on("pageshow", (event) => event.persisted && start());
  // The user may have logged in or out.
  on("turbo:load htmx:pushedIntoHistory htmx:after:history:push", start);
  on("offline", disconnect);
  on("online", () => connect((failures = 0)));
}
