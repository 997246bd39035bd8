"""The driver that serves Python's clients to the `batchmark` program, by its driver protocol.

`main` puts it together. Commands come in on a thread of their own (`commands`), strategies run on
the main thread (`stage`), as they would in a script. It knows no client: those are in
`batchmark.clients`, and `catalogue` lists them.
"""
