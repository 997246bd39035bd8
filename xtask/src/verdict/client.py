"""Fetches URLs of one server one after another over one connection, the first of them twice: client.py PERCENT URL..."""

import socket
import sys

percent, *urls = sys.argv[1:]
server = urls[0].split("/")[2]
host, port = server.split(":")
urls += urls[: len(urls) * int(percent) // 100]
with socket.create_connection((host, int(port))) as connection:
    stream = connection.makefile("rb")
    for url in urls:
        path = url.split("/", 3)[3]
        connection.sendall(f"GET /{path} HTTP/1.1\r\nhost: {server}\r\n\r\n".encode())
        assert stream.readline().split()[1] == b"200"
        length = 0
        while (line := stream.readline().strip().lower()) != b"":
            name, _, value = line.partition(b":")
            length = int(value) if name == b"content-length" else length
        assert len(stream.read(length)) == length > 0
