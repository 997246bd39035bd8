"""What must be there for HTTP/3: URLs of https, and a library that speaks QUIC."""

from __future__ import annotations

from typing import Optional

from batchmark.driver.refusal import Refusal
from batchmark.driver.target import Target


def check(target: Target, lacking: Optional[str]) -> None:
    """Check that a client can speak HTTP/3 with the target.

    Args:
        target: What the trials fetch.
        lacking: What lacks HTTP/3 and what to do, as a sentence; `None` where nothing does.

    Raises:
        Refusal: It cannot.
    """
    if lacking is not None:
        raise Refusal("unsupported", f"http=3: {lacking}")
    if target.plain_url is not None:
        raise Refusal("unsupported", f"HTTP/3 needs https, and {target.plain_url} has none")
