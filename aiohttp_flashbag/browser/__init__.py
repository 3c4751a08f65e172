"""The JavaScript helper: a script for pages, the endpoint it asks, and the hint cookie."""
