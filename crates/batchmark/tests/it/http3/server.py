"""A server of HTTP/3 of another implementation: answers every request with its path.

Arguments: the files of its certificate and its key. Prints its port, and then a line for each request.
"""

import asyncio
import socket
import sys

from qh3.asyncio import QuicConnectionProtocol, serve
from qh3.h3.connection import H3_ALPN, H3Connection
from qh3.h3.events import HeadersReceived
from qh3.quic.configuration import QuicConfiguration


class Protocol(QuicConnectionProtocol):
    http = None

    def quic_event_received(self, event):
        if self.http is None:
            self.http = H3Connection(self._quic)
        for event in self.http.handle_event(event):
            if isinstance(event, HeadersReceived):
                self.answer(event)

    def answer(self, event):
        path = dict(event.headers)[b":path"]
        print(path.decode(), flush=True)
        head = [(b":status", b"200"), (b"content-length", str(len(path)).encode())]
        self.http.send_headers(event.stream_id, head)
        self.http.send_data(event.stream_id, path, end_stream=True)
        self.transmit()


async def main():
    with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as free:
        free.bind(("127.0.0.1", 0))
        port = free.getsockname()[1]
    configuration = QuicConfiguration(alpn_protocols=H3_ALPN, is_client=False)
    configuration.load_cert_chain(sys.argv[1], sys.argv[2])
    await serve("127.0.0.1", port, configuration=configuration, create_protocol=Protocol)
    print(port, flush=True)
    await asyncio.Future()


asyncio.run(main())
