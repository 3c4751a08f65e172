// Sends the forms that need no page load. All pages work without this script.
"use strict";

async function send(form) {
  const body = form.method === "post" ? new FormData(form) : null;
  // the request continues if the user leaves the page
  const response = await fetch(form.dataset.fetch, { method: form.method, body, keepalive: true });
  if (!response.ok) throw new Error(response.statusText);
  return response.text();
}

async function submitByFetch(event) {
  const form = event.target;
  if (!form.dataset.fetch) return;
  event.preventDefault();
  const output = form.querySelector("output");
  output.textContent = "Waiting for the server…";
  output.textContent = await send(form).catch(
    () => "The server did not respond. Please try again.",
  );
  if (!("later" in form.dataset)) await flashbag.collect();
}

document.addEventListener("submit", submitByFetch);
