"""The driver that serves Python's clients to the `batchmark` program, by its driver protocol.

`main` puts it together. Commands are carried out (`commands`) and strategies run on the main
thread, which is the only one, as in a script, until a batch is late (`watch`). It knows no client:
those are in `batchmark.clients`, and `catalogue` lists them.
"""
