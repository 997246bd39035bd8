"""One TLS context for all connections of a batch, so that certificates are loaded once.

The user's code still makes its contexts. The first one loads its certificates. Another one that
asks for the same certificates does not load them. When it opens a connection, a loaded context with
the same settings takes its place. If there is none, it loads them then. So no connection verifies
less than the code asked for.
"""

from __future__ import annotations

import gc
import ssl
from collections.abc import Hashable
from contextlib import suppress
from functools import partial
from threading import Lock
from typing import Any, Callable, Optional
from weakref import WeakKeyDictionary

from batchmark.driver.patches import Original
from batchmark.imposed.imposition import Imposition

LOADS = ("load_verify_locations", "set_default_verify_paths")
"""What loads certificates; `load_default_certs` calls the second."""
SETTINGS = ("set_ciphers", "set_alpn_protocols", "set_ecdh_curve")
"""The calls after which a context is the same as another one with the same calls."""
OWN = (
    "load_cert_chain",
    "load_dh_params",
    "set_npn_protocols",
    "set_psk_client_callback",
    "set_servername_callback",
)
"""The calls after which a context is not replaced by another one."""
READS = ("cert_store_stats", "get_ca_certs")
"""The calls that show which certificates are loaded."""
ATTRIBUTES = (
    "options",
    "verify_mode",
    "verify_flags",
    "check_hostname",
    "minimum_version",
    "maximum_version",
    "post_handshake_auth",
    "hostname_checks_common_name",
    "keylog_filename",
    "sni_callback",
    "sslsocket_class",
    "sslobject_class",
)
"""The attributes that two contexts must share."""

Key = tuple[Hashable, ...]


class _State:
    """What a context of this batch was asked for."""

    def __init__(self) -> None:
        self.calls: list[Key] = []
        self.pending: list[Callable[[ssl.SSLContext], None]] = []
        """The loads that were skipped, without the context, which they would keep alive."""
        self.can_be_replaced = True


class SharedContext(Imposition):
    """Replaces contexts by the first one of a batch that has the same settings."""

    def impose(self) -> None:
        self._states: WeakKeyDictionary[ssl.SSLContext, _State] = WeakKeyDictionary()
        self._loaded: list[ssl.SSLContext] = []
        self._locks: dict[Key, Lock] = {}
        self._done: set[Key] = set()
        context = ssl.SSLContext
        self._patches.wrap(context, "__new__", self._create)
        for names, hook in (
            (LOADS, self._load),
            (SETTINGS, self._set),
            (OWN, self._set_own),
            (READS, self._read),
        ):
            for name in names:
                self._patches.wrap(context, name, partial(hook, name))
        self._patches.wrap(context, "wrap_socket", self._connect)
        self._patches.wrap(context, "wrap_bio", self._connect)

    def end(self) -> int:
        effects = super().end()
        if any(state.pending for state in list(self._states.values())):
            gc.collect()  # most contexts of the batch are garbage, and need no certificates
        for context, state in list(self._states.items()):
            with suppress(OSError):  # `ssl.SSLError` is one
                _load_pending(context, state)
        self._loaded.clear()
        self._states.clear()
        return effects

    def _create(self, original: Original) -> Original:
        def create(kind: type, *args: Any, **options: Any) -> ssl.SSLContext:
            context: ssl.SSLContext = original(kind, *args, **options)
            self._states[context] = _State()
            return context

        return create

    def _load(self, name: str, original: Original) -> Original:
        def load(context: ssl.SSLContext, *args: Any, **options: Any) -> None:
            state = self._states.get(context)
            key = _key_of_call(name, args, options)
            if state is None or key is None:
                self._forbid(state)
                original(context, *args, **options)
                return
            state.calls.append(key)
            with self._locks.setdefault(key, Lock()):
                if key not in self._done:
                    original(context, *args, **options)
                    self._done.add(key)
                    self._loaded.append(context)
                    return
            state.pending.append(lambda skipped: original(skipped, *args, **options))

        return load

    def _set(self, name: str, original: Original) -> Original:
        def set_and_note(context: ssl.SSLContext, *args: Any) -> Any:
            state = self._states.get(context)
            if state is not None:
                state.calls.append((name, repr(args)))
            return original(context, *args)

        return set_and_note

    def _set_own(self, _name: str, original: Original) -> Original:
        def set_own(context: ssl.SSLContext, *args: Any, **options: Any) -> Any:
            self._forbid(self._states.get(context))
            return original(context, *args, **options)

        return set_own

    def _read(self, _name: str, original: Original) -> Original:
        def read(context: ssl.SSLContext, *args: Any, **options: Any) -> Any:
            state = self._states.get(context)
            if state is not None:
                _load_pending(context, state)
            return original(context, *args, **options)

        return read

    def _connect(self, original: Original) -> Original:
        def connect(context: ssl.SSLContext, *args: Any, **options: Any) -> Any:
            return original(self._loaded_like(context), *args, **options)

        return connect

    def _forbid(self, state: Optional[_State]) -> None:
        if state is not None:
            state.can_be_replaced = False

    def _loaded_like(self, context: ssl.SSLContext) -> ssl.SSLContext:
        """Return a loaded context with the same settings: another one, or this one."""
        state = self._states.get(context)
        if state is None or not state.pending:
            return context
        if state.can_be_replaced:
            wanted = self._settings(context)
            for other in list(self._loaded):
                if not self._states[other].pending and self._settings(other) == wanted:
                    self.count_effect()
                    return other
        _load_pending(context, state)
        self._loaded.append(context)
        return context

    def _settings(self, context: ssl.SSLContext) -> object:
        """Return all that makes a context what it is; `None` if it must not be replaced."""
        state = self._states.get(context)
        if state is None or not state.can_be_replaced:
            return None
        attributes = [getattr(context, name, None) for name in ATTRIBUTES]
        return type(context), context.protocol, sorted(map(repr, state.calls)), attributes


def _load_pending(context: ssl.SSLContext, state: _State) -> None:
    while state.pending:
        state.pending.pop()(context)


def _key_of_call(name: str, args: tuple[Any, ...], options: dict[str, Any]) -> Optional[Key]:
    """Return what a call loads; `None` if that cannot be compared."""
    key = (name, args, tuple(sorted(options.items())))
    try:
        hash(key)
    except TypeError:
        return None
    return key
