#!/usr/bin/env python3
"""A complete driver for batchmark that needs only Python's standard library: sequential urllib.

docs/driver-protocol.md says what a driver must do and why. To check this one:

    batchmark driver-check python3 docs/examples/minimal_driver.py

urllib opens and closes a connection for each request, so this driver offers no warm session. It
shows nothing between the start and the end of a request, so those milestones are left out.
"""

import http.client
import json
import os
import platform
import queue
import resource
import socket
import ssl
import sys
import threading
import time
import urllib.error
import urllib.request

STRATEGY = {
    "name": "urllib/sequential",
    "summary": "Python's urllib, one request after another",
    "conditions": [],
    "columns": ["submitted", "started", "done", "status", "bytes", "error"],
}


class Refusal(Exception):
    """A command that the driver cannot carry out: the kind and a sentence."""


class Failure(Exception):
    """A request that failed: the kind and a sentence."""


class Trial:
    """A batch. It runs on its own thread, while the driver's thread keeps the time limit."""

    def __init__(self, target, count, is_traced):
        self.target = target
        self.requests = [urllib_request(request, target) for request in target["requests"][:count]]
        self.is_traced = is_traced
        self.columns = {name: [None] * count for name in STRATEGY["columns"]}
        self.is_settled = [False] * count
        self.finished = None
        self.has_expired = False
        self.lock = threading.Lock()

    def run(self):
        """Waits for the batch until its time limit. Requests that are unfinished then time out;
        their thread ends with the next byte that it reads, or with the process."""
        thread = threading.Thread(target=self.batch, daemon=True)
        thread.start()
        thread.join(self.target["time_limit"] / 1e9)
        if self.finished is None and not thread.is_alive():
            raise Refusal("internal", "the batch raised an exception: see the log")
        with self.lock:
            if self.finished is None:
                self.has_expired = True
                self.end()
        limit = f"{self.target['time_limit'] / 1e9:g} s"
        message = f"the trial reached its time limit of {limit}"
        failure = {"kind": "timeout", "message": message}
        for place, is_settled in enumerate(self.is_settled):
            if not is_settled:
                self.columns["error"][place] = failure

    def batch(self):
        self.before = resource.getrusage(resource.RUSAGE_SELF)
        self.started = time.monotonic_ns()
        opener = open_session(self.target)
        for place, request in enumerate(self.requests):
            self.mark("submitted", place)
            self.mark("started", place)
            try:
                self.fetch(opener, request, place)
            except (Failure, OSError, ValueError, http.client.HTTPException) as error:
                kind, message = classify(error)
                self.keep("error", place, {"kind": kind, "message": message})
            with self.lock:
                if self.has_expired:
                    return
                self.is_settled[place] = True
        with self.lock:
            if not self.has_expired:
                self.end()

    def end(self):
        self.finished = time.monotonic_ns()
        self.after = resource.getrusage(resource.RUSAGE_SELF)

    def fetch(self, opener, request, place):
        try:
            response = opener.open(request)
        except urllib.error.HTTPError as error:  # a response like any other
            response = error
        with response:
            self.keep("status", place, response.status)
            length = 0
            while part := response.read1(65536):
                length += len(part)
                if self.has_expired:
                    return
            self.keep("bytes", place, length)
            if response.length:
                raise Failure("reset", f"{response.length} bytes of the body are missing")
        checks = self.target["checks"]
        is_expected = response.status in checks["statuses"]
        is_enough = length >= checks["min_bytes"]
        self.mark("done", place)
        if not is_expected:
            raise Failure("status", f"the status is {response.status}")
        if not is_enough:
            raise Failure("check", f"the body has {length} bytes")

    def mark(self, milestone, place):
        if self.is_traced:
            self.keep(milestone, place, time.monotonic_ns() - self.started)

    def keep(self, column, place, value):
        with self.lock:
            if not self.has_expired:
                self.columns[column][place] = value

    def filled_columns(self):
        return {
            name: column
            for name, column in self.columns.items()
            if any(entry is not None for entry in column)
        }


def open_session(target):
    """Builds what every cold batch needs: the TLS settings and the opener that uses them."""
    handlers = [urllib.request.ProxyHandler({})]
    if any(request["url"].startswith("https:") for request in target["requests"]):
        roots = target["trust"]["roots"]
        settings = ssl.create_default_context(cadata=target["certificates"])
        if roots == "added":
            settings.load_default_certs()
        if roots == "anyone":
            settings.check_hostname = False
            settings.verify_mode = ssl.CERT_NONE
        handlers.append(urllib.request.HTTPSHandler(context=settings))
    return urllib.request.build_opener(*handlers)


def urllib_request(request, target):
    body = request.get("body")
    headers = {header["name"]: header["value"] for header in target["headers"]}
    data = None if body is None else body.encode()
    return urllib.request.Request(request["url"], data, headers, method=request["method"])


def classify(error):
    """Returns an error's kind and a sentence."""
    if isinstance(error, Failure):
        return error.args
    cause = error.reason if isinstance(error, urllib.error.URLError) else error
    if isinstance(cause, socket.gaierror):
        kind = "dns"
    elif isinstance(cause, ssl.SSLError) and not isinstance(cause, ssl.SSLEOFError):
        kind = "tls"
    elif isinstance(cause, (ConnectionResetError, BrokenPipeError, ssl.SSLEOFError)):
        kind = "reset"
    elif isinstance(cause, OSError):
        kind = "refused" if cause is not error else "reset"
    else:
        kind = "reset" if isinstance(cause, http.client.IncompleteRead) else "protocol"
    return kind, f"{type(cause).__name__}: {cause}"


def check_target(target):
    """Reads the files and tries everything that could fail in a trial, but sends nothing."""
    target.setdefault("headers", [])
    target["certificates"] = None
    if target["trust"]["roots"] in ("file", "added"):
        with open(target["trust"]["path"], encoding="ascii") as file:
            target["certificates"] = file.read()
    open_session(target)
    for request in target["requests"]:
        wanted = urllib_request(request, target)
        if wanted.type not in ("http", "https") or not wanted.host:
            raise ValueError(f"{request['url']!r} is not an http or https URL")
        connection = http.client.HTTPConnection(wanted.host)
        connection.putrequest(wanted.get_method(), wanted.selector)
        for header in target["headers"]:
            connection.putheader(header["name"], header["value"])


class Driver:
    def __init__(self):
        self.preparation = None

    def hello(self, command):
        if command["protocol"] != 1:
            raise Refusal("unsupported_version", "this driver speaks version 1 of the protocol")
        yield {
            "op": "hello",
            "protocol": 1,
            "driver": "minimal",
            "now": str(time.monotonic_ns()),
            "versions": [
                {"module": "python", "version": platform.python_version()},
                {"module": "ssl", "version": ssl.OPENSSL_VERSION},
            ],
            "strategies": [STRATEGY],
        }

    def prepare(self, command):
        if command["strategy"] != STRATEGY["name"]:
            raise Refusal("unknown_strategy", f"the only strategy is {STRATEGY['name']}")
        if command["conditions"]:
            raise Refusal("bad_condition", f"{STRATEGY['name']} has no conditions")
        try:
            check_target(command["target"])
        except (OSError, ValueError, http.client.HTTPException) as error:
            raise Refusal("bad_target", f"{type(error).__name__}: {error}") from error
        self.preparation = command
        yield {"op": "ready"}

    def trial(self, command):
        if self.preparation is None:
            raise Refusal("bad_command", "send prepare before trial")
        target = self.preparation["target"]
        if not 1 <= command["requests"] <= len(target["requests"]):
            raise Refusal("bad_command", f"the target has {len(target['requests'])} requests")
        trial = Trial(target, command["requests"], self.preparation["trace"])
        trial.run()
        before, after = trial.before, trial.after
        yield {"op": "columns", "id": command["id"], "columns": trial.filled_columns()}
        yield {
            "op": "done",
            "id": command["id"],
            "started": str(trial.started),
            "finished": str(trial.finished),
            "usage": {
                "user": round((after.ru_utime - before.ru_utime) * 1e9),
                "system": round((after.ru_stime - before.ru_stime) * 1e9),
                "voluntary_switches": after.ru_nvcsw - before.ru_nvcsw,
                "involuntary_switches": after.ru_nivcsw - before.ru_nivcsw,
                "peak_memory": after.ru_maxrss * 1024,
            },
        }

    def quit(self, _):
        os._exit(0)

    def dispatch(self, line):
        operations = {name: getattr(self, name) for name in ("hello", "prepare", "trial", "quit")}
        try:
            command = json.loads(line)
            yield from operations[command["op"]](command)
        except Refusal as refusal:
            kind, message = refusal.args
            yield {"op": "error", "kind": kind, "message": message}
        except (ValueError, LookupError, TypeError) as error:
            yield {"op": "error", "kind": "bad_command", "message": f"not a command: {error!r}"}


def read_lines(lines):
    """Ends the driver at the end of stdin: at once if it waits, within a second if it works."""
    for line in sys.stdin.buffer:
        lines.put(line)
    lines.put(None)
    time.sleep(1)
    os._exit(0)


def main():
    replies = os.fdopen(os.dup(1), "w", encoding="utf-8")
    os.dup2(2, 1)  # whatever a library prints goes to the log, not between the replies
    lines = queue.Queue()
    threading.Thread(target=read_lines, args=[lines], daemon=True).start()
    driver = Driver()
    while (line := lines.get()) is not None:
        for reply in driver.dispatch(line):
            print(json.dumps(reply), file=replies, flush=True)


main()
