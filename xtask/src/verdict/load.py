"""Works on every core with a strength that changes by a seeded schedule, until its stdin ends: load.py SEED"""

import multiprocessing
import os
import random
import sys
import threading
import time

SLICE = 0.01
"""How long it works and rests together, in seconds."""


def work(seed: int) -> None:
    schedule = random.Random(seed)
    while True:
        strength, until = schedule.random(), time.monotonic() + schedule.uniform(0.5, 4)
        while (now := time.monotonic()) < until:
            while time.monotonic() < now + strength * SLICE:
                pass
            time.sleep((1 - strength) * SLICE)


def end_with_stdin() -> None:
    sys.stdin.read()
    for worker in multiprocessing.active_children():
        worker.terminate()
    os._exit(0)


if __name__ == "__main__":
    # The same strength on all cores at the same time, as a busy neighbour has it.
    for _ in range(os.cpu_count() or 1):
        multiprocessing.Process(target=work, args=[int(sys.argv[1])], daemon=True).start()
    threading.Thread(target=end_with_stdin).start()
