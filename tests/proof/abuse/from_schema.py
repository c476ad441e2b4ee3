"""Values that a schema just allows or just refuses."""

from __future__ import annotations

from random import Random
from typing import Any

from stage import Route
from .naughty import ALL

_FORMATS = {
    "uuid": ["0192f0c1-7e5a-7cc3-9d0e-5f8a4b2c1d6e", "not-a-uuid", ""],
    "date-time": ["2026-01-01T00:00:00Z", "2026-01-01T00:00:00.000001+01:00", "2026-13-01T00:00:00Z", "2026"],
    "email": ["ada@example.com", "ada", "@"],
}
_ANY: list[Any] = [None, True, 0, -1, 1.5, 2**53, 10**30, "", "a", [], {}, [[]], {"a": {}}]


def value(random: Random, route: Route, schema: dict[str, Any], depth: int = 0) -> Any:
    """A value for a schema. One in twelve has another type."""
    schema = route.resolved(schema)
    if random.random() < 0.08:
        return random.choice(_ANY)
    for several in ("oneOf", "anyOf"):
        if several in schema:
            return value(random, route, random.choice(schema[several]), depth + 1)
    if "allOf" in schema:
        parts = [value(random, route, part, depth + 1) for part in schema["allOf"]]
        objects = [part for part in parts if isinstance(part, dict)]
        return {name: inner for part in objects for name, inner in part.items()} if objects else parts[0]
    if "const" in schema:
        return schema["const"]
    if "enum" in schema:
        return random.choice([*schema["enum"], *schema["enum"], "NONE_OF_THEM"])
    kind = schema.get("type")
    kind = random.choice(kind) if isinstance(kind, list) else kind
    if kind == "object" or "properties" in schema:
        return _object(random, route, schema, depth)
    if kind == "array":
        most = schema.get("maxItems", 3)
        count = random.choice((0, 1, 1, 2, min(most, 300), min(most + 1, 301))) if depth < 6 else 0
        return [value(random, route, schema.get("items", {}), depth + 1) for _ in range(count)]
    if kind == "string":
        return _text(random, schema)
    if kind in ("integer", "number"):
        low, high = schema.get("minimum", 0), schema.get("maximum", 2**53 - 1)
        return random.choice((low, low - 1, high, high + 1, 1, 2, -1, 2**31, 2**63, -(2**63), 1.0, 0.1, "1"))
    if kind == "boolean":
        return random.choice((True, False, True, False, "true", 1))
    return random.choice(_ANY)


def _object(random: Random, route: Route, schema: dict[str, Any], depth: int) -> dict[str, Any]:
    required = schema.get("required", [])
    made = {}
    for name, inner in schema.get("properties", {}).items():
        wanted = 0.95 if name in required else 0.35 / (1 + depth / 4)
        if random.random() < wanted:
            made[name] = value(random, route, inner, depth + 1)
    further = schema.get("additionalProperties")
    if isinstance(further, dict):
        for _ in range(random.choice((0, 1, 2, 101)) if depth < 4 else 0):
            name = random.choice(ALL) if random.random() < 0.3 else f"key{random.randrange(1000)}"
            made[name] = value(random, route, further, depth + 1)
    elif random.random() < 0.05:
        made[random.choice(["unknown", "tenant_id", "version", "__proto__"])] = random.choice(_ANY)
    return made


def _text(random: Random, schema: dict[str, Any]) -> str:
    if "format" in schema and random.random() < 0.8:
        return random.choice(_FORMATS.get(schema["format"], ["a"]))
    least, most = schema.get("minLength", 0), schema.get("maxLength", 100)
    length = random.choice((least, max(0, least - 1), min(most, 5000), min(most + 1, 5001), 1, 5))
    if random.random() < 0.2:
        return random.choice(ALL)
    return random.choice("aA0é🐦 ") * length
