"""Hooks by which schemathesis sends and reads NDJSON. It loads this file itself."""

from __future__ import annotations

import json
from typing import Any

import schemathesis


@schemathesis.hook
def before_load_schema(context: Any, raw_schema: dict[str, Any]) -> None:
    """Bodies of lines are texts in the document, with the schema of a line beside. They are made from that."""
    for operations in raw_schema["paths"].values():
        for operation in operations.values():
            for body in (operation.get("requestBody", {}), *operation["responses"].values()):
                for content in body.get("content", {}).values():
                    if "x-itemSchema" in content:
                        content["schema"] = content.pop("x-itemSchema")
                        content.pop("example", None)


@schemathesis.serializer("application/x-ndjson")
def lines(context: Any, value: Any) -> bytes:
    """A body of one line, or of raw bytes."""
    return value if isinstance(value, bytes) else json.dumps(value).encode() + b"\n"
