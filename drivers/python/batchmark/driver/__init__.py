"""The driver: serves Python's HTTP clients to the `batchmark` program over its driver protocol.

Start at `cli`, then `protocol`. Everything runs on the main thread, as in a script. The client
libraries live in `batchmark.clients`; `catalogue` lists the strategies.
"""
