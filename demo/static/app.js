// Every page works without this script. It adds close buttons and forms that need no page load.
"use strict";

const regions = {
  status: document.querySelector("#live-status"),
  alert: document.querySelector("#live-alert"),
};

function addCloseButton(flash) {
  const button = document.createElement("button");
  button.type = "button";
  button.className = "flash-close";
  button.setAttribute("aria-label", "Dismiss this message");
  button.addEventListener("click", () => {
    flash.remove();
    (document.querySelector(".flash-close") ?? document.querySelector("main")).focus();
  });
  flash.append(button);
}

function show({ message, category }) {
  const urgent = ["error", "danger"].includes(category);
  const flash = document.createElement("div");
  flash.className = `flash flash-${category}`;
  flash.textContent = message;
  addCloseButton(flash);
  (urgent ? regions.alert : regions.status).append(flash);
}

function showInstead(messages) {
  Object.values(regions).forEach((region) => region.replaceChildren());
  messages.forEach(show);
}

async function send(form) {
  const body = form.method === "post" ? new FormData(form) : null;
  // keepalive: the request outlives this page
  const response = await fetch(form.dataset.fetch, { method: form.method, body, keepalive: true });
  if (!response.ok) throw new Error(response.statusText);
  const isJson = response.headers.get("Content-Type").startsWith("application/json");
  if (!isJson) return response.text();
  showInstead(await response.json());
  return "";
}

async function submitByFetch(event) {
  const form = event.target;
  if (!form.dataset.fetch) return;
  event.preventDefault();
  const output = form.querySelector("output");
  output.textContent = "Waiting for the server…";
  output.textContent = await send(form).catch(() => "The server did not answer. Please try again.");
}

document.querySelectorAll(".flash").forEach(addCloseButton);
document.addEventListener("submit", submitByFetch);

// A page that comes back from the back-forward cache has shown its messages before.
window.addEventListener("pageshow", (event) => {
  if (event.persisted) document.querySelectorAll(".flash").forEach((flash) => flash.remove());
});
