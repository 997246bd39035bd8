"""The client libraries, one file each: how to open a session, fetch over it and close it.

A client knows no mode. Its file imports its library, and is itself imported only when needed.
"""
