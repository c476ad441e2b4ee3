"""What schemathesis has to know to send and read lines of JSON. It loads this file itself."""

from __future__ import annotations

import json
from typing import Any

import schemathesis


@schemathesis.serializer("application/x-ndjson")
def lines(context: Any, value: Any) -> bytes:
    """A body of one line, or of bytes as they are."""
    return value if isinstance(value, bytes) else json.dumps(value).encode() + b"\n"
