"""The JavaScript helper: a script for pages, the endpoint that it calls, and the hint cookie."""
