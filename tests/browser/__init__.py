"""Stories that need a real browser over a real socket. Most of them run in Chromium.

The engines differ in these respects, so some stories run in Chromium, Firefox and WebKit:

- Only Chromium preloads pages by speculation rules.
- A reload repeats the headers of the previous request. WebKit replaces `Sec-Fetch-Site` by `none`.
- `location.reload()` names the page itself in Chromium and WebKit. Firefox repeats the headers of
  the previous request.
- Back to a page that has shown a message, and so sends `no-store`: Firefox loads it again. Chromium
  and WebKit restore it from their cache, where only a script of the page can remove the message.
- WebKit sends no `Sec-Fetch-User`. It sends `Origin` also after the redirect of a POST.
- Chromium loads one address only once at a time. If two tabs are redirected to the same address,
  the second request follows the first response.
- The engines open connections in different ways, so the last of many overlapping requests knows
  more of the cookies in WebKit than elsewhere.

In all of them a typed address has no `Referer`, and each redirect of a form has the Referer of
that form.
"""
