"""Measure the costs of the library. All commands need Linux, and most need redis-server.

- python -m benchmarks: calls per request, and CPU time beside other libraries
- python -m benchmarks.growth: memory over 100,000 requests, and many flashes in one request
- python -m benchmarks.load: messages of 50 clients while a server is killed
- python -m benchmarks.profile: the functions that take the time

CPU time is measured in rounds. Each round starts every server anew and gives all of them the same
work, in random order, with three visitors who take turns. A ratio compares two servers of the same
round, and the median of these ratios is printed. One application is measured twice: the distance of
its ratio from 1.00 shows how far to trust the others.
"""
