"""The user's own functions: what they return is checked, and every mistake gets a message."""

from __future__ import annotations

import tempfile
import unittest
from pathlib import Path
from textwrap import dedent
from typing import Optional

from tests.support import TODO, DriverProcess, Message, has, served

FETCH = """
    from urllib.request import urlopen
    import batchmark

    def read(url):
        with urlopen(url) as response:
            return response.read()
"""


class OwnTest(unittest.TestCase):
    """A test that writes a file and runs it in a driver, against a server."""

    def setUp(self) -> None:
        folder = tempfile.TemporaryDirectory()
        self.addCleanup(folder.cleanup)
        self.folder = Path(folder.name)
        server = served(is_secure=False)
        self.url = server.__enter__()
        self.addCleanup(server.__exit__, None, None, None)

    def write(self, code: str) -> str:
        file = self.folder / "mine.py"
        file.write_text(dedent(FETCH) + dedent(code), encoding="utf-8")
        return str(file)

    def urls(self, count: int) -> list[str]:
        return [f"{self.url}/todos/{number}" for number in range(1, count + 1)]


class OwnCode(OwnTest):
    """What functions return and do."""

    def run_own(self, code: str, count: int = 3, name: str = "own/f") -> Message:
        with DriverProcess("--own", self.write(code)) as driver:
            ready = driver.prepare(name, self.urls(count))
            self.assertEqual(ready["op"], "ready", ready)
            return driver.trial(count)

    def failure(self, code: str, count: int = 3, kind: str = "code") -> str:
        """Return the message of the first request. The others must fail too."""
        errors = self.run_own(code, count)["error"]
        self.assertEqual([error["kind"] for error in errors], [kind] * count)
        return str(errors[0]["message"])

    def test_every_type_of_body_has_its_length_recorded(self) -> None:
        columns = self.run_own(
            """
            @batchmark.strategy
            def f(urls):
                bodies = [read(url) for url in urls]
                return bodies[0].decode(), bytearray(bodies[1]), memoryview(bodies[2]), "h\\u00e9"
            """,
            count=4,
        )
        self.assertEqual(columns, {"bytes": [len(TODO)] * 3 + [3]})

    def test_a_coroutine_function_is_run_by_asyncio(self) -> None:
        columns = self.run_own(
            """
            import asyncio

            @batchmark.strategy
            async def f(urls):
                return await asyncio.gather(*[asyncio.to_thread(read, url) for url in urls])
            """
        )
        self.assertEqual(columns, {"bytes": [len(TODO)] * 3})

    def test_get_event_loop_works_as_in_a_script(self) -> None:
        columns = self.run_own(
            """
            import asyncio

            async def fetch(urls):
                return [read(url) for url in urls]

            @batchmark.strategy
            def f(urls):
                return asyncio.get_event_loop().run_until_complete(fetch(urls))
            """
        )
        self.assertNotIn("error", columns)

    def test_too_few_and_too_many_bodies_are_reported(self) -> None:
        few = self.failure("@batchmark.strategy\ndef f(urls): return [read(urls[0])]")
        self.assertIn("it returned 1 body for 3 URLs", few)
        many = self.failure("@batchmark.strategy\ndef f(urls): return ['body'] * 4")
        self.assertIn("it returned 4 bodies for 3 URLs", many)

    def test_an_iterator_that_was_never_consumed_is_reported(self) -> None:
        """A mistake of the benchmark in `docs/the-question.md`: the work is never done."""
        message = self.failure(
            "@batchmark.strategy\ndef f(urls): return map(read, urls)", kind="unread"
        )
        self.assertIn("it returned a map, which was never consumed", message)
        message = self.failure(
            "@batchmark.strategy\ndef f(urls): return (read(url) for url in urls)", kind="unread"
        )
        self.assertIn("it returned a generator, which was never consumed", message)

    @unittest.skipUnless(has("aiohttp"), "python3 -m pip install aiohttp")
    def test_coroutines_that_were_never_awaited_are_reported(self) -> None:
        """The other mistake of that benchmark: the bodies are never read."""
        message = self.failure(
            """
            import aiohttp, asyncio

            async def fetch(session, url):
                async with session.get(url) as response:
                    return response.text()

            @batchmark.strategy
            async def f(urls):
                async with aiohttp.ClientSession() as session:
                    return await asyncio.gather(*[fetch(session, url) for url in urls])
            """,
            kind="unread",
        )
        self.assertIn("element 0 is the coroutine ClientResponse.text", message)
        self.assertIn("never awaited: return await response.text()", message)

    @unittest.skipUnless(has("aiohttp"), "python3 -m pip install aiohttp")
    def test_unread_responses_of_aiohttp_are_reported(self) -> None:
        message = self.failure(
            """
            import aiohttp, asyncio

            @batchmark.strategy
            async def f(urls):
                async with aiohttp.ClientSession() as session:
                    return await asyncio.gather(*[session.get(url) for url in urls])
            """,
            kind="unread",
        )
        self.assertIn("element 0 is an aiohttp.ClientResponse, which was not read", message)
        self.assertIn("return await response.text()", message)

    @unittest.skipUnless(has("requests"), "python3 -m pip install requests")
    def test_unread_responses_of_requests_are_reported(self) -> None:
        message = self.failure(
            "import requests\n@batchmark.strategy\ndef f(urls): return [*map(requests.get, urls)]",
            kind="unread",
        )
        self.assertIn("element 0 is a requests.Response, which was not read", message)
        self.assertIn("return response.text", message)

    def test_unread_responses_of_urllib_are_reported(self) -> None:
        message = self.failure(
            "@batchmark.strategy\ndef f(urls): return [*map(urlopen, urls)]", kind="unread"
        )
        self.assertIn("element 0 is a http.HTTPResponse, which was not read", message)
        self.assertIn("return response.read()", message)

    def test_a_dropped_coroutine_is_reported(self) -> None:
        message = self.failure(
            """
            async def check(body):
                assert body

            @batchmark.strategy
            async def f(urls):
                bodies = [read(url) for url in urls]
                for body in bodies:
                    check(body)
                return bodies
            """
        )
        self.assertIn("coroutine 'check' was never awaited", message)

    def test_a_coroutine_instead_of_the_list_is_reported(self) -> None:
        message = self.failure(
            """
            async def fetch(urls):
                return [read(url) for url in urls]

            @batchmark.strategy
            def f(urls):
                return fetch(urls)
            """,
            kind="unread",
        )
        self.assertIn("it returned the coroutine fetch, which was never awaited", message)

    def test_other_types_are_reported(self) -> None:
        for returned, sentence in (
            ("None", "it returned None: return the list of the bodies"),
            ("'body'", "it returned one str"),
            ("{}", "it returned a dict"),
            ("{'a', 'b', 'c'}", "it returned a set"),
            ("[1, 2, 3]", "element 0 is an int, not a body"),
            ("[ValueError('no')] * 3", "element 0 is an exception, not a body: ValueError: no"),
        ):
            with self.subTest(returned):
                message = self.failure(f"@batchmark.strategy\ndef f(urls): return {returned}")
                self.assertIn(sentence, message)

    def test_thread_starts_are_recorded(self) -> None:
        code = """
            from concurrent.futures import ThreadPoolExecutor

            @batchmark.strategy
            def f(urls):
                with ThreadPoolExecutor(2) as pool:
                    return list(pool.map(read, urls))
            """
        with DriverProcess("--own", self.write(code)) as driver:
            self.assertEqual(driver.prepare("own/f", self.urls(3))["op"], "ready")
            driver.trial(3)
            first, second = driver.usage["thread_starts"]
            self.assertTrue(0 < first < second, (first, second))

    def test_a_short_body_fails_only_its_own_request(self) -> None:
        columns = self.run_own("@batchmark.strategy\ndef f(urls): return [b'', 'body', 'body']")
        self.assertEqual(
            [error and error["kind"] for error in columns["error"]], ["check", None, None]
        )

    def test_an_exception_is_reported_with_its_traceback(self) -> None:
        message = self.failure(
            """
            @batchmark.strategy
            def f(urls):
                return [read(url + "x" if url.endswith("3") else url)[1000] for url in urls]
            """
        )
        self.assertIn("it raised an exception:\nTraceback", message)
        self.assertIn("mine.py", message)
        self.assertIn("IndexError: index out of range", message)
        self.assertNotIn("own_strategy", message)

    def test_an_exception_of_a_refusal_has_the_kind_of_the_refusal(self) -> None:
        code = """
            import http.client

            @batchmark.strategy
            def f(urls):
                raise http.client.BadStatusLine("\\0\\0\\x06\\x04\\0\\0\\0\\0\\0")
        """
        error = self.run_own(code)["error"][0]
        self.assertEqual(error["kind"], "http2_only")
        self.assertIn("it raised an exception:\nTraceback", error["message"])

    def test_sys_exit_is_reported_as_an_exception(self) -> None:
        message = self.failure("import sys\n@batchmark.strategy\ndef f(urls): sys.exit('enough')")
        self.assertIn("SystemExit: enough", message)

    def test_printed_text_goes_to_the_log(self) -> None:
        code = """
            import os, sys, subprocess

            print("at import")

            @batchmark.strategy
            def f(urls):
                print("by print")
                os.write(1, b"by write\\n")
                subprocess.run(["echo", "by a child"])
                assert sys.stdin.read() == ""
                return [read(url) for url in urls]
        """
        with DriverProcess("--own", self.write(code)) as driver:
            driver.prepare("own/f", self.urls(2))
            self.assertEqual(driver.trial(2), {"bytes": [len(TODO)] * 2})
            log = driver.end().decode()
        for text in ("at import", "by print", "by write", "by a child"):
            self.assertIn(text, log)

    def test_a_function_that_never_returns_times_out(self) -> None:
        code = "@batchmark.strategy\ndef f(urls):\n    while True: pass"
        with DriverProcess("--own", self.write(code)) as driver:
            driver.prepare("own/f", self.urls(2), time_limit=200_000_000)
            self.assert_times_out(driver)

    def assert_times_out(self, driver: DriverProcess) -> None:
        columns = driver.ask(op="trial", id=1, requests=2, warm_up=False)
        self.assertEqual([error["kind"] for error in columns["columns"]["error"]], ["timeout"] * 2)
        self.assertIs(driver.receive()["ends"], True)
        self.assertEqual(driver.process.wait(timeout=10), 0)

    def test_a_function_that_waits_for_ever_times_out(self) -> None:
        for waiting in (
            "def f(urls): return [read(url) for url in urls]",
            "async def f(urls): import asyncio; await asyncio.Event().wait()",
        ):
            code = f"@batchmark.strategy\n{waiting}"
            with self.subTest(waiting), DriverProcess("--own", self.write(code)) as driver:
                urls = [f"{self.url}/silent", self.url]
                driver.prepare("own/f", urls, time_limit=300_000_000)
                self.assert_times_out(driver)


SHAPES = {
    "a class": """
        @batchmark.strategy
        class f:
            def __init__(self, retries=3):
                self.read = read

            def __call__(self, urls):
                return [self.read(url) for url in urls]
    """,
    "a class with a coroutine": """
        @batchmark.strategy
        class f:
            async def __aenter__(self):
                self.read = read
                return self

            async def __aexit__(self, *_):
                self.read = None

            async def __call__(self, urls):
                return [self.read(url) for url in urls]
    """,
    "a class that is a context manager": """
        @batchmark.strategy
        class f:
            def __enter__(self):
                self.read = read

            def __exit__(self, *_):
                self.read = None

            def __call__(self, urls):
                return [self.read(url) for url in urls]
    """,
    "a method": """
        class Client:
            def __init__(self):
                self.read = read

            @batchmark.strategy("f")
            def fetch(self, urls):
                return [self.read(url) for url in urls]
    """,
    "a static method": """
        class Client:
            @staticmethod
            @batchmark.strategy
            def f(urls):
                return [read(url) for url in urls]
    """,
    "a class method": """
        class Client:
            @classmethod
            @batchmark.strategy
            async def f(cls, urls):
                return [read(url) for url in urls]
    """,
    "a generator": """
        @batchmark.strategy
        def f(urls):
            for url in urls:
                yield read(url)
    """,
    "an asynchronous generator": """
        @batchmark.strategy
        async def f(urls):
            for url in urls:
                yield read(url)
    """,
    "a decorated coroutine function": """
        from functools import wraps

        def timed(function):
            @wraps(function)
            def inner(*args, **kwargs):
                return function(*args, **kwargs)
            return inner

        @batchmark.strategy
        @timed
        async def f(urls):
            return [read(url) for url in urls]
    """,
    "a coroutine function whose decorator runs it": """
        import asyncio
        from functools import wraps

        def run(function):
            @wraps(function)
            def inner(*args):
                return asyncio.run(function(*args))
            return inner

        @run
        @batchmark.strategy
        async def f(urls):
            return [read(url) for url in urls]
    """,
    "a function below a decorator that drops the mark": """
        def plain(function):
            return lambda *args: function(*args)

        @plain
        @batchmark.strategy
        def f(urls):
            return [read(url) for url in urls]
    """,
    "a callable object": """
        from functools import partial

        class Client:
            async def __call__(self, retries, urls):
                return [read(url) for url in urls]

        @batchmark.strategy
        def f(urls): ...

        f = partial(Client(), 3)
    """,
    "a function with more parameters": """
        @batchmark.strategy
        def f(urls, workers=4, *rest, timeout=1, **options):
            assert (workers, rest, options) == (4, (), {})
            return [read(url) for url in urls]
    """,
    "a coroutine function with a runner": """
        import asyncio

        def run(function, *arguments):
            return asyncio.new_event_loop().run_until_complete(function(*arguments))

        @batchmark.strategy(runner=run)
        async def f(urls):
            return [read(url) for url in urls]
    """,
}


class OwnShapes(OwnTest):
    """What can be a strategy, and what it gets."""

    def bodies(self, code: str, **target: object) -> Message:
        with DriverProcess("--own", self.write(code)) as driver:
            ready = driver.prepare("own/f", self.urls(3), **target)
            self.assertEqual(ready["op"], "ready", ready)
            self.facts = ready["facts"]
            driver.trial(3)
            return driver.trial(3)

    def test_every_shape_is_measured(self) -> None:
        for shape, code in SHAPES.items():
            with self.subTest(shape):
                self.assertEqual(self.bodies(code), {"bytes": [len(TODO)] * 3})

    def test_headers_are_given_to_what_takes_them(self) -> None:
        headers = [{"name": "X-Key", "value": "it's"}, {"name": "Accept", "value": "text/plain"}]
        for parameters in (
            "(urls, headers)",
            "(urls, headers, /)",
            "(urls, *, headers)",
            "(urls, workers=3, headers=None)",
        ):
            code = f"""
                @batchmark.strategy
                def f{parameters}:
                    assert headers == {{"X-Key": "it's", "Accept": "text/plain"}}, headers
                    headers.clear()
                    return [read(url) for url in urls]
            """
            with self.subTest(parameters):
                self.assertEqual(self.bodies(code, headers=headers), {"bytes": [len(TODO)] * 3})
                self.assertNotIn("headers", self.facts)

    def test_headers_are_empty_where_none_are_sent(self) -> None:
        code = "@batchmark.strategy\ndef f(urls, headers): return [*map(read, urls)] + [*headers]"
        self.assertEqual(self.bodies(code), {"bytes": [len(TODO)] * 3})

    def test_a_function_without_headers_says_so(self) -> None:
        headers = [{"name": "X-Key", "value": "1"}]
        for parameters in ("(urls)", "(urls, **headers)", "(urls, *headers)", "(*args, **kwargs)"):
            code = f"@batchmark.strategy\ndef f{parameters}: return [TODO] * 3\nTODO = 'body'"
            with self.subTest(parameters):
                self.assertNotIn("error", self.bodies(code, headers=headers))
                self.assertEqual(self.facts["headers"], "not sent")
                self.bodies(code)
                self.assertNotIn("headers", self.facts)

    def test_a_module_beside_the_file_is_imported(self) -> None:
        (self.folder / "helper.py").write_text("from urllib.request import urlopen as open_url")
        code = """
            import helper

            @batchmark.strategy
            def f(urls):
                return [helper.open_url(url).read() for url in urls]
        """
        self.assertEqual(self.bodies(code), {"bytes": [len(TODO)] * 3})

    def test_the_files_that_it_imports_are_stated_by_their_content(self) -> None:
        (self.folder / "package").mkdir()
        (self.folder / "package" / "__init__.py").write_text("")
        (self.folder / "package" / "helper.py").write_text("A = 1")
        code = """
            import json, urllib.request
            from package import helper

            @batchmark.strategy
            def f(urls): return [read(url) for url in urls]
        """
        self.bodies(code)
        before = self.facts["imports"]
        names = [each.split(" ")[0] for each in before.split(", ")]
        self.assertEqual(names, ["package/__init__.py", "package/helper.py"])
        self.bodies(code)
        self.assertEqual(self.facts["imports"], before)
        (self.folder / "package" / "helper.py").write_text("A = 2")
        self.bodies(code)
        self.assertNotEqual(self.facts["imports"], before)
        self.bodies("import json\n@batchmark.strategy\ndef f(urls): return [*map(read, urls)]")
        self.assertNotIn("imports", self.facts)

    def test_a_forked_process_that_returns_sends_no_reply(self) -> None:
        code = """
            import os

            @batchmark.strategy
            def f(urls):
                if os.fork() == 0:
                    return []
                os.wait()
                return [read(url) for url in urls]
        """
        self.assertEqual(self.bodies(code), {"bytes": [len(TODO)] * 3})


POOLS = {
    "ProcessPoolExecutor": """
        from concurrent.futures import ProcessPoolExecutor
        import multiprocessing

        @batchmark.strategy
        def f(urls):
            context = multiprocessing.get_context({method!r})
            with ProcessPoolExecutor(2, mp_context=context) as pool:
                return list(pool.map(read, urls))
    """,
    "multiprocessing.Pool": """
        import multiprocessing

        @batchmark.strategy
        def f(urls):
            with multiprocessing.get_context({method!r}).Pool(2) as pool:
                return pool.map(read, urls)
    """,
    "a class with a pool": """
        from concurrent.futures import ProcessPoolExecutor
        import multiprocessing

        @batchmark.strategy
        class f:
            def __enter__(self):
                context = multiprocessing.get_context({method!r})
                self.pool = ProcessPoolExecutor(2, mp_context=context)

            def __exit__(self, *_):
                self.pool.shutdown()

            def fetch(self, url):
                return read(url)

            def __getstate__(self):
                return {{}}

            def __call__(self, urls):
                return list(self.pool.map(self.fetch, urls))
    """,
    "a process and a queue": """
        import multiprocessing

        def work(urls, bodies):
            bodies.put([read(url) for url in urls])

        @batchmark.strategy
        def f(urls):
            context = multiprocessing.get_context({method!r})
            bodies = context.SimpleQueue()
            process = context.Process(target=work, args=(urls, bodies))
            process.start()
            found = bodies.get()
            process.join()
            return found
    """,
}


class OwnProcesses(OwnTest):
    """Functions that start processes."""

    def run_in(self, name: str, code: str, url: str) -> None:
        file = self.folder / name
        file.write_text(dedent(FETCH) + dedent(code), encoding="utf-8")
        with DriverProcess("--own", str(file)) as driver:
            ready = driver.prepare("own/f", [f"{url}/todos/{each}" for each in (1, 2, 3)])
            self.assertEqual(ready["op"], "ready", ready)
            self.assertEqual(driver.trial(3), {"bytes": [len(TODO)] * 3})
            self.usage = driver.usage

    def test_process_pools_work_with_every_start_method(self) -> None:
        for method in ("fork", "spawn", "forkserver"):
            for pool, code in POOLS.items():
                with self.subTest(pool, method=method):
                    self.run_in("mine.py", code.format(method=method), self.url)

    def test_the_cpu_time_of_children_is_counted_apart(self) -> None:
        compute = (
            "import time\nend = time.process_time() + 0.3\nwhile time.process_time() < end: pass"
        )
        waited = f"""
            import subprocess, sys

            @batchmark.strategy
            def f(urls):
                subprocess.run([sys.executable, "-c", {compute!r}], check=True)
                return [read(url) for url in urls]
        """
        alive = f"""
            from concurrent.futures import ProcessPoolExecutor

            pool = ProcessPoolExecutor(1)

            def compute():
                exec({compute!r})

            @batchmark.strategy
            def f(urls):
                pool.submit(compute).result()
                return [read(url) for url in urls]
        """
        for code in (waited, alive):
            with self.subTest(code):
                self.run_in("mine.py", code, self.url)
                self.assertGreater(self.usage["children"], 250_000_000)
                self.assertLess(self.usage["user"] + self.usage["system"], 250_000_000)
        self.run_in(
            "mine.py", "@batchmark.strategy\ndef f(urls): return [*map(read, urls)]", self.url
        )
        self.assertEqual(self.usage["children"], 0)

    def test_new_processes_find_a_file_with_any_name(self) -> None:
        code = POOLS["multiprocessing.Pool"].format(method="spawn")
        for name in ("my-code.v2.py", "code.txt"):
            with self.subTest(name):
                self.run_in(name, code, self.url)

    def test_new_processes_trust_the_same_certificates(self) -> None:
        with served(is_secure=True) as url:
            for method in ("fork", "spawn", "forkserver"):
                with self.subTest(method):
                    code = POOLS["ProcessPoolExecutor"].format(method=method)
                    self.run_in("mine.py", code, url)

    @unittest.skipUnless(has("requests"), "python3 -m pip install requests")
    def test_requests_in_a_new_process_trusts_the_same_certificates(self) -> None:
        code = """
            import multiprocessing, requests

            def get(url):
                return requests.get(url).content

            @batchmark.strategy
            def f(urls):
                with multiprocessing.get_context("spawn").Pool(2) as pool:
                    return pool.map(get, urls)
        """
        with served(is_secure=True) as url:
            self.run_in("mine.py", code, url)


class OwnFiles(OwnTest):
    """What a file offers, and files that cannot be used."""

    def offered(self, *arguments: str) -> tuple[list[str], list[Message]]:
        own = [word for argument in arguments for word in ("--own", argument)]
        with DriverProcess(*own) as driver:
            hello = driver.hello()
        names = [spec["name"] for spec in hello["strategies"]]
        missing = [each for each in hello["missing"] if each["name"].startswith("own/")]
        return [name for name in names if name.startswith("own/")], missing

    def refusal(self, argument: str, name: str, **target: object) -> Optional[Message]:
        with DriverProcess("--own", argument) as driver:
            reply = driver.prepare(name, self.urls(1), **target)
        return reply if reply["op"] == "error" else None

    def test_every_marked_function_is_offered(self) -> None:
        file = self.write(
            """
            from batchmark import strategy as mark

            @batchmark.strategy
            def one(urls): ...

            @mark("second")
            async def two(urls): ...

            if True:
                @batchmark.strategy(name="third")
                def three(urls): ...

            def four(urls): ...
            """
        )
        self.assertEqual(self.offered(file), (["own/one", "own/second", "own/third"], []))
        self.assertEqual(self.offered(f"{file}:four")[0], ["own/four"])
        for name in ("own/one", "own/second", "own/third"):
            self.assertIsNone(self.refusal(file, name))
        self.assertIsNone(self.refusal(f"{file}:four", "own/four"))

    def test_a_file_without_a_marked_function_is_missing(self) -> None:
        offered, [missing] = self.offered(self.write("def f(urls): ..."))
        self.assertEqual((offered, missing["name"]), ([], "own/mine"))
        self.assertIn(
            "no function in mine.py is marked with @batchmark.strategy", missing["reason"]
        )
        self.assertIn("mine.py:FUNCTION", missing["remedy"])

    def test_a_nonexistent_file_is_missing(self) -> None:
        offered, [missing] = self.offered(str(self.folder / "other.py"))
        self.assertEqual(offered, [])
        self.assertIn("there is no file", missing["reason"])

    def test_a_file_that_raises_at_import_is_refused_with_its_traceback(self) -> None:
        file = self.write("@batchmark.strategy\ndef f(urls): ...\n\n1 / 0")
        self.assertEqual(self.offered(file)[0], ["own/f"])
        reply = self.refusal(file, "own/f")
        assert reply is not None
        self.assertEqual(reply["kind"], "internal")
        self.assertIn("mine.py cannot be imported:\nTraceback", reply["message"])
        self.assertIn("ZeroDivisionError", reply["message"])
        self.assertNotIn("own_file.py", reply["message"])

    def test_a_file_with_a_syntax_error_is_refused(self) -> None:
        file = self.write("def f(")
        for argument, name in ((file, "own/mine"), (f"{file}:f", "own/f")):
            offered, [missing] = self.offered(argument)
            self.assertEqual((offered, missing["name"]), ([], name))
            self.assertRegex(missing["reason"], r"^mine\.py does not parse: line \d+: .+: def f\($")

    def test_a_missing_function_or_one_with_other_arguments_is_refused(self) -> None:
        file = self.write("def f(urls, session): ...\n\nf.g = 1")
        reply = self.refusal(f"{file}:g", "own/g")
        assert reply is not None
        self.assertIn("mine.py ran, but it defines no function g", reply["message"])
        reply = self.refusal(f"{file}:f", "own/f")
        assert reply is not None
        self.assertIn("own/f cannot be called: it gets the list of URLs, or", reply["message"])
        self.assertIn("missing a required argument: 'session'", reply["message"])
        nothing = self.write("@batchmark.strategy\ndef f(): ...")
        reply = self.refusal(nothing, "own/f")
        assert reply is not None
        self.assertIn("(too many positional arguments)", reply["message"])
        self.assertNotIn("\n", reply["message"])

    def test_a_class_that_cannot_be_called_is_refused(self) -> None:
        for code, sentence in (
            ("class f: ...", "own/f is a class without __call__: define __call__(self, urls)"),
            ("class f:\n    def __call__(self): ...", "own/f cannot be called: it gets the list"),
            (
                "class f:\n    def __init__(self, url): ...\n    def __call__(self, urls): ...",
                "own/f makes an instance of f without arguments (missing a required argument:",
            ),
        ):
            reply = self.refusal(self.write(f"@batchmark.strategy\n{code}"), "own/f")
            assert reply is not None
            self.assertIn(sentence, reply["message"])

    def test_a_method_is_named_with_its_class(self) -> None:
        file = self.write("class Client:\n    def fetch(self, urls): ...\nclient = Client()")
        self.assertEqual(self.offered(f"{file}:Client.fetch")[0], ["own/Client.fetch"])
        self.assertIsNone(self.refusal(f"{file}:Client.fetch", "own/Client.fetch"))
        self.assertIsNone(self.refusal(f"{file}:client.fetch", "own/client.fetch"))

    def test_a_file_that_hides_a_module_is_named(self) -> None:
        (self.folder / "requests.py").write_text("import requests\nrequests.get")
        (self.folder / "json.py").write_text("")
        reply = self.refusal(self.write("import requests\ndef f(urls): ...") + ":f", "own/f")
        assert reply is not None
        hint = "requests.py beside mine.py hides the module requests: rename "
        self.assertIn(hint + str(self.folder / "requests.py"), reply["message"])
        reply = self.refusal(self.write("from json import mine\ndef f(urls): ...") + ":f", "own/f")
        assert reply is not None
        self.assertIn("json.py beside mine.py hides the module json", reply["message"])
        reply = self.refusal(self.write("from os import nothing\ndef f(urls): ...") + ":f", "own/f")
        assert reply is not None
        self.assertNotIn("hides", reply["message"])

    def test_targets_that_urls_cannot_express_are_refused(self) -> None:
        file = self.write("@batchmark.strategy\ndef f(urls): ...")
        for target in (
            {"requests": [{"method": "PUT", "url": self.url}]},
            {"requests": [{"method": "GET", "url": self.url, "body": "{}"}]},
            {
                "requests": [{"method": "GET", "url": "https://127.0.0.1:1"}],
                "trust": {"roots": "anyone"},
            },
        ):
            reply = self.refusal(file, "own/f", **target)
            assert reply is not None
            self.assertEqual(reply["kind"], "unsupported")


if __name__ == "__main__":
    unittest.main()
