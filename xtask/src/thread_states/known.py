"""Batches that sleep, wait for a lock, wait for a timer or compute for 200 ms between their requests, and
one that does nothing of this."""

import asyncio
import threading
import time

import batchmark
import requests

LENGTH = 0.2


def fetch_around(urls, between):
    bodies = []
    with requests.Session() as session:
        for place, url in enumerate(urls):
            if place == 1:
                between()
            bodies.append(session.get(url).content)
    return bodies


def sleep():
    time.sleep(LENGTH)


def wait_for_timer():
    asyncio.run(asyncio.sleep(LENGTH))


def burn():
    end = time.thread_time() + LENGTH
    while time.thread_time() < end:
        pass


def wait_for_lock():
    lock, taken = threading.Lock(), threading.Event()

    def hold():
        with lock:
            taken.set()
            time.sleep(LENGTH)

    holder = threading.Thread(target=hold)
    holder.start()
    taken.wait()
    with lock:
        pass
    holder.join()


@batchmark.strategy
def plain(urls):
    return fetch_around(urls, lambda: None)


@batchmark.strategy
def slept(urls):
    return fetch_around(urls, sleep)


@batchmark.strategy
def timed(urls):
    return fetch_around(urls, wait_for_timer)


@batchmark.strategy
def locked(urls):
    return fetch_around(urls, wait_for_lock)


@batchmark.strategy
def burned(urls):
    return fetch_around(urls, burn)
