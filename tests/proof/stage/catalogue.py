"""Every route of a service, as it lists them itself, with a good request to each."""

from __future__ import annotations

import json
import re
import uuid
from dataclasses import dataclass
from pathlib import Path
from typing import Any
from urllib.parse import quote, urlencode

from .client import Client
from .examples import BODIES, PATHS, QUERIES, STORY
from .wire import Request

Names = dict[str, str]
_METHODS = ("get", "put", "post", "delete", "patch", "head")
_DIGITS = "0123456789ABCDEFGHJKMNPQRSTVWXYZ"


@dataclass(frozen=True)
class Route:
    """A method on a path, and what the document it is in says of it."""

    method: str
    path: str
    surface: str
    operation: dict[str, Any]
    document: dict[str, Any]

    @property
    def name(self) -> str:
        """What it is called here: `GET /v1/customers/{ref}`."""
        return f"{self.method} {self.path}"

    @property
    def native(self) -> bool:
        """Whether it is not of a vendor."""
        return self.surface == "native"

    @property
    def statuses(self) -> set[int]:
        """The statuses that its document names, and for a vendor those that docs/compat.md names."""
        named = {int(status) for status in self.operation["responses"] if status != "default"}
        if "default" in self.operation["responses"]:
            named |= {400, 401, 403, 404, 405, 408, 409, 413, 414, 415, 429, 431, 505}
        return named

    def parameters(self, where: str) -> dict[str, dict[str, Any]]:
        """The schemas of its parameters in the path, the query or the headers."""
        all_of_them = [self.resolved(one) for one in self.operation.get("parameters", [])]
        return {one["name"]: self.resolved(one["schema"]) for one in all_of_them if one["in"] == where}

    def resolved(self, schema: dict[str, Any]) -> dict[str, Any]:
        """What a reference refers to."""
        while "$ref" in schema:
            found: Any = self.document
            for part in schema["$ref"].split("/")[1:]:
                found = found[part]
            schema = found
        return schema

    @property
    def content(self) -> tuple[str, dict[str, Any]] | None:
        """The type of its body and what is said of it; nothing when it takes none."""
        types = self.operation.get("requestBody", {}).get("content", {})
        return next(iter(types.items()), None)

    def body(self) -> Any:
        """An example of its body, with places for names; None when it takes none."""
        if self.name in BODIES:
            return BODIES[self.name]
        if self.content is None:
            return None
        if "example" not in self.content[1]:
            raise LookupError(f"{self.name} has no example: add one to stage/examples.py")
        example = self.content[1]["example"]
        # Lines are text; one of them is a document.
        return with_places(json.loads(example) if isinstance(example, str) else example)

    def good(self, names: Names, query: dict[str, str] | None = None) -> Request:
        """A request that makes sense to a tenant whose things are called so."""
        path = re.sub(r"\{(\w+)\}", lambda found: self._in_path(found, names), self.path)
        asked = named(QUERIES.get(self.name, {}), names) | (query or {})
        if asked:
            path += "?" + urlencode(asked)
        key = "{operator}" if self.path.startswith("/admin") else "{key}"
        request = Request(self.method, path, (("X-Api-Key", key),))
        body = self.body()
        if body is None:
            return request
        kind = self.content[0] if self.content else "application/json"
        sent = json.dumps(named(body, names)).encode() + (b"\n" if kind.endswith("ndjson") else b"")
        return Request(request.method, path, (*request.headers, ("Content-Type", kind)), sent)

    def _in_path(self, parameter: re.Match[str], names: Names) -> str:
        value = PATHS.get(self.path[: parameter.start()]) or PATHS[parameter[1]]
        return quote(named(value, names), safe="")


def routes(client: Client) -> list[Route]:
    """Every route that the service's documents list, and those documents' own."""
    page = (Path(__file__).parents[3] / "docs/compat.md").read_text()
    vendors = sorted(set(re.findall(r"/compat/(\w+)/openapi\.json", page)))
    found = []
    for surface in ["native", *vendors]:
        base = "" if surface == "native" else f"/compat/{surface}"
        document = client.get(f"{base}/openapi.json").json
        for path, operations in document["paths"].items():
            found += [
                Route(method.upper(), base + path, surface, operations[method], document)
                for method in _METHODS
                if method in operations
            ]
        if base:
            itself: dict[str, Any] = {"responses": {"200": {}, "default": {}}}
            found.append(Route("GET", f"{base}/openapi.json", surface, itself, document))
    return found


def named(value: Any, names: Names) -> Any:
    """A value with the names put into its places."""
    if isinstance(value, str):
        return re.sub(r"\{(\w+)\}", lambda found: names[found[1]], value)
    if isinstance(value, dict):
        return {named(name, names): named(inner, names) for name, inner in value.items()}
    if isinstance(value, list):
        return [named(inner, names) for inner in value]
    return value


def with_places(value: Any) -> Any:
    """An example of the service's document, with places where its names are."""
    if isinstance(value, str):
        return STORY.get(value, value)
    if isinstance(value, dict):
        return {STORY.get(name, name): with_places(inner) for name, inner in value.items()}
    if isinstance(value, list):
        return [with_places(inner) for inner in value]
    return value


def shown(prefix: str, identity: str) -> str:
    """An id as some vendors show it."""
    bits = uuid.UUID(identity).int
    return prefix + "".join(_DIGITS[(bits >> (5 * nth)) & 31] for nth in reversed(range(26)))
