"""Failures of other systems, reproduced with real servers: each test has the number of its row."""
