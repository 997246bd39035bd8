"""What the tests share: a small server and a driver's process."""

from __future__ import annotations

import importlib.util
import json
import os
import signal
import ssl
import subprocess
import sys
import threading
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from typing import Any

PACKAGE = Path(__file__).parent.parent
FIXTURES = Path(__file__).parent / "fixtures"
CERTIFICATE = str(FIXTURES / "ca.pem")
TODO = b'{"userId": 1, "id": 1, "title": "be good", "completed": false}'
SECOND = 1_000_000_000

Message = dict[str, Any]


def has(module: str) -> bool:
    """Return whether a client library is installed."""
    return importlib.util.find_spec(module) is not None


class Handler(BaseHTTPRequestHandler):
    """Answers with a todo. It never answers below /silent."""

    protocol_version = "HTTP/1.1"
    disable_nagle_algorithm = True

    def do_GET(self) -> None:
        if self.path.startswith("/silent"):
            self.rfile.read(1)
            return
        self.send_response(200)
        self.send_header("Content-Length", str(len(TODO)))
        self.send_header("Asked-Encoding", self.headers.get("Accept-Encoding", ""))
        self.end_headers()
        self.wfile.write(TODO)

    def log_message(self, *_: object) -> None:
        """Log nothing."""


class Server(ThreadingHTTPServer):
    """A server that does not report clients that disconnect."""

    daemon_threads = True

    def handle_error(self, *_: object) -> None:
        """Log nothing."""


@contextmanager
def served(is_secure: bool) -> Iterator[str]:
    """Serve on a free port and yield the URL."""
    server = Server(("127.0.0.1", 0), Handler)
    if is_secure:
        context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
        context.load_cert_chain(FIXTURES / "server.pem")
        server.socket = context.wrap_socket(
            server.socket, server_side=True, do_handshake_on_connect=False
        )
    thread = threading.Thread(target=server.serve_forever, daemon=True)
    thread.start()
    try:
        yield f"{'https' if is_secure else 'http'}://127.0.0.1:{server.server_port}"
    finally:
        server.shutdown()
        server.server_close()
        thread.join()


class DriverProcess:
    """A driver in a process of its own, and its streams."""

    def __init__(self, *arguments: str, **variables: str) -> None:
        environment = {**os.environ, "PYTHONPATH": str(PACKAGE), **variables}
        self.process = subprocess.Popen(
            [sys.executable, "-m", "batchmark.driver", *arguments],
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            stderr=subprocess.PIPE,
            env=environment,
            start_new_session=True,
        )
        self.log = b""

    def __enter__(self) -> DriverProcess:
        return self

    def __exit__(self, *_: object) -> None:
        self.end()

    def send(self, **command: Any) -> None:
        assert self.process.stdin is not None
        self.process.stdin.write(json.dumps(command).encode() + b"\n")
        self.process.stdin.flush()

    def receive(self) -> Message:
        assert self.process.stdout is not None
        line = self.process.stdout.readline()
        if not line:
            raise AssertionError(f"the driver ended; its log: {self.end().decode()}")
        reply: Message = json.loads(line)
        return reply

    def ask(self, **command: Any) -> Message:
        self.send(**command)
        return self.receive()

    def hello(self) -> Message:
        return self.ask(op="hello", protocol=1)

    def prepare(self, strategy: str, urls: list[str], **target: Any) -> Message:
        conditions = target.pop("conditions", {})
        trace = target.pop("trace", True)
        wanted = {
            "requests": [{"method": "GET", "url": url} for url in urls],
            "trust": {"roots": "added", "path": CERTIFICATE},
            "checks": {"statuses": [200], "min_bytes": 3},
            "time_limit": 20 * SECOND,
            **target,
        }
        return self.ask(
            op="prepare", strategy=strategy, conditions=conditions, target=wanted, trace=trace
        )

    def trial(self, count: int) -> Message:
        """Run a trial and return its columns, or the `error` that answered it."""
        first = self.ask(op="trial", id=7, requests=count, warm_up=False)
        if first["op"] == "error":
            return first
        done = self.receive()
        assert (first["op"], done["op"]) == ("columns", "done"), (first, done)
        assert int(done["started"]) <= int(done["finished"])
        self.usage: Message = done["usage"]
        self.imposed: dict[str, int] = done.get("imposed", {})
        columns: Message = first["columns"]
        return columns

    def end(self) -> bytes:
        """End the driver and return its log."""
        if self.process.stdin is not None and not self.process.stdin.closed:
            self.process.stdin.close()
            assert self.process.stdout is not None
            assert self.process.stderr is not None
            self.process.wait(timeout=10)
            with suppress(ProcessLookupError):  # as the runner ends what a driver leaves behind
                os.killpg(self.process.pid, signal.SIGKILL)
            self.log = self.process.stderr.read()
            self.process.stdout.close()
            self.process.stderr.close()
        return self.log
