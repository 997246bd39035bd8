"""Fetches a list of todos one after another over one connection: client.py HOST:PORT COUNT"""

import socket
import sys

server, count = sys.argv[1:]
host, port = server.split(":")
with socket.create_connection((host, int(port))) as connection:
    stream = connection.makefile("rb")
    for number in range(1, int(count) + 1):
        connection.sendall(f"GET /todos/{number} HTTP/1.1\r\nhost: {server}\r\n\r\n".encode())
        assert stream.readline().split()[1] == b"200"
        length = 0
        while (line := stream.readline().strip().lower()) != b"":
            name, _, value = line.partition(b":")
            length = int(value) if name == b"content-length" else length
        assert len(stream.read(length)) == length > 0
