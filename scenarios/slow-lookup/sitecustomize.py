"""Makes every lookup of a host name 60 ms slower, in each Python whose path contains this file."""

import socket
import time

looked_up = socket.getaddrinfo


def slowly(*arguments, **options):
    time.sleep(0.060)
    return looked_up(*arguments, **options)


socket.getaddrinfo = slowly
