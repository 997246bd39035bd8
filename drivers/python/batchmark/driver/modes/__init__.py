"""The modes: ways to use a client for a batch. A mode knows no library, and a library no mode."""

from batchmark.driver.modes.concurrent import Concurrent
from batchmark.driver.modes.mode import Mode
from batchmark.driver.modes.multi import Multi
from batchmark.driver.modes.sequential import Sequential
from batchmark.driver.modes.threads import Threads

__all__ = ["Concurrent", "Mode", "Multi", "Sequential", "Threads"]
