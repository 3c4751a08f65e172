"""What a flash library costs: CPU time of the server process per request.

python -m benchmarks            without a library, with 0.0.3, with both transports of this one
python -m benchmarks --peers    one post-redirect-get cycle in other frameworks
python -m benchmarks.growth     with more that waits, larger values, and over 100,000 requests
python -m benchmarks.profile WORK SYSTEM    where the time goes
python -m benchmarks.load       whether messages are lost while a server is killed
"""
