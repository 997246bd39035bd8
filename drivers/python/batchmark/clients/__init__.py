"""The client libraries, a file each: how each opens a session, fetches one resource and closes.

A client knows no mode. Its library is imported with its file, and that only when it was asked for.
"""
