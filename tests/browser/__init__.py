"""Stories in real browsers over a real socket: each in Chromium, Firefox and WebKit.

Where the browsers differ in what users or applications see:

- Only Chromium preloads pages by speculation rules, so only its users can meet a preload.
- Reload in WebKit says `Sec-Fetch-Site: none`, as a typed address does, and yet the `Referer` of
  the page from which the reloaded one was opened. The others repeat what was said before.
- `location.reload()` says in Chromium and WebKit that the request comes from the page itself, in
  Firefox what was said before: nothing if the address was typed.
- Back to a page that has shown a message, and so says `no-store`: Firefox loads it again, Chromium
  and WebKit take it from their cache, where only a script of the page can take the message away.
- WebKit sends no `Sec-Fetch-User`. After a redirect of a `fetch()` by POST it still sends `Origin`.
- Chromium asks for one address only once at a time: of two tabs that are led to the same one, the
  second asks when the first has its page.
- How many cookies the last of twenty overlapping requests knows of depends on how a browser opens
  connections: most in WebKit, so that flashes in own cookies reach their limit earlier.

In all of them a typed address has no `Referer`, and every redirect of a form has the form's.
"""
