"""Fetches todos over HTTP/3 with a client of another implementation; prints a line for each.

Arguments: the port of the endpoint, the file of its certificate, how many todos.
"""

import sys

import niquests

port, certificate, count = int(sys.argv[1]), sys.argv[2], int(sys.argv[3])

with niquests.Session(multiplexed=True, disable_http1=True, disable_http2=True) as session:
    # niquests tries HTTP/3 only with servers that it knows to speak it.
    session.quic_cache_layer.add_domain("127.0.0.1", port, port)
    responses = [
        session.get(f"https://127.0.0.1:{port}/todos/{number}", verify=certificate)
        for number in range(1, count + 1)
    ]
    session.gather()
    for response in responses:
        print(response.http_version, response.status_code, response.json()["id"])
