"""The servers that are measured, each `python -m benchmarks.servers.NAME [ARGUMENTS] SOCKET`.

Some run in an environment of their own, so a module imports only packages that it needs.
"""
