"""The servers under test, each `python -m benchmarks.servers.NAME [ARGUMENTS] SOCKET`.

They run in environments of their own, so nothing here imports what one of them may lack.
"""
