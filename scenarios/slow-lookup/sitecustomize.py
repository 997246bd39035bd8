"""Makes every lookup of a host's name take 60 ms longer, in each Python that finds this file."""

import socket
import time

looked_up = socket.getaddrinfo


def slowly(*arguments, **options):
    time.sleep(0.060)
    return looked_up(*arguments, **options)


socket.getaddrinfo = slowly
