"""Read a YAML file into a frozen model, with overrides, and say plainly what is wrong with it."""

import difflib
from pathlib import Path
from typing import Any, TypeVar, cast

import yaml
from pydantic import BaseModel, ValidationError

M = TypeVar("M", bound=BaseModel)


class ConfigError(Exception):
    """A configuration that cannot be used; the text names file, key, value and what is allowed."""


def load(model: type[M], path: Path, overrides: tuple[str, ...] = ()) -> M:
    """Read `path` as `model`; each override is `key.path=value`, its value YAML."""
    try:
        text = path.read_text()
    except OSError as error:
        raise ConfigError(f"{path}: cannot be read ({error.strerror}); give an existing YAML file") from error
    try:
        data: Any = yaml.safe_load(text)
    except yaml.YAMLError as error:
        raise ConfigError(f"{path}: not valid YAML: {_one_line(str(error))}") from error
    if not isinstance(data, dict):
        raise ConfigError(f"{path}: holds {type(data).__name__}, needs a mapping of keys to values")
    keys = cast(dict[str, Any], data)
    for override in overrides:
        _apply(keys, override)
    try:
        return model.model_validate(keys)
    except ValidationError as error:
        raise ConfigError(_explain(model, path, keys, error)) from error


def _apply(data: dict[str, Any], override: str) -> None:
    key, equals, text = override.partition("=")
    if not equals or not key:
        raise ConfigError(f"--set {override}: write it as key.path=value, as in --set virtual.seed=7")
    try:
        value = yaml.safe_load(text)
    except yaml.YAMLError as error:
        raise ConfigError(f"--set {override}: the value is not valid YAML: {_one_line(str(error))}") from error
    *parents, last = key.split(".")
    node = data
    for parent in parents:
        child: Any = node.setdefault(parent, {})
        if child is None:
            child = node[parent] = {}
        if not isinstance(child, dict):
            raise ConfigError(f"--set {override}: {parent!r} holds a value, not keys")
        node = cast(dict[str, Any], child)
    node[last] = value


def _explain(model: type[BaseModel], path: Path, data: object, error: ValidationError) -> str:
    lines: list[str] = []
    for problem in error.errors(include_url=False):
        location = [str(part) for part in problem["loc"]]
        value = problem.get("input")
        message = problem["msg"].removeprefix("Value error, ")
        # A discriminated union adds the member's tag to the path; users never wrote that.
        key = ".".join(_written(data, location)) or "(top level)"
        if problem["type"] == "extra_forbidden":
            allowed = _allowed_keys(model, location[:-1])
            close = difflib.get_close_matches(location[-1], allowed, 1)
            hint = f"did you mean {close[0]!r}? " if close else ""
            message = f"no such key; {hint}allowed: {', '.join(allowed)}"
            lines.append(f"{path}: {key}: {message}")
        elif problem["type"] == "missing":
            lines.append(f"{path}: {key}: is required and missing")
        elif isinstance(value, dict):  # a rule over several keys: its own text names them
            lines.append(f"{path}: {key}: {message}")
        else:
            shown = repr(value)
            lines.append(f"{path}: {key} = {shown if len(shown) < 80 else shown[:77] + '...'}: {message}")
    return "\n".join(lines)


def _written(data: object, location: list[str]) -> list[str]:
    """The part of a pydantic location that stands in the file."""
    kept: list[str] = []
    node: Any = data
    for index, part in enumerate(location):
        last = index == len(location) - 1
        if isinstance(node, dict):
            keys = cast(dict[str, Any], node)
            if part in keys or (last and keys.get("driver") != part):
                node = keys.get(part)
                kept.append(part)
        elif isinstance(node, list) and part.isdigit():
            items = cast(list[Any], node)
            node = items[int(part)] if int(part) < len(items) else None
            kept.append(part)
    return kept


def _allowed_keys(model: type[BaseModel], location: list[str]) -> list[str]:
    """Keys of the model at a location, following fields, dict values and union tags in the JSON schema."""
    schema: dict[str, Any] = model.model_json_schema()
    definitions: dict[str, Any] = schema.get("$defs", {})
    node = schema
    for part in location:
        node = _step(_resolve(node, definitions), part, definitions)
    node = _resolve(node, definitions)
    return sorted(cast(dict[str, Any], node.get("properties", {})))


def _resolve(node: dict[str, Any], definitions: dict[str, Any]) -> dict[str, Any]:
    while True:
        if "$ref" in node:
            node = definitions[node["$ref"].rsplit("/", 1)[-1]]
        elif options := [o for o in node.get("anyOf", node.get("oneOf", [])) if o.get("type") != "null"]:
            node = options[0]
        else:
            return node


def _step(node: dict[str, Any], part: str, definitions: dict[str, Any]) -> dict[str, Any]:
    properties = node.get("properties", {})
    if part in properties:
        return properties[part]
    driver = _resolve(properties.get("driver", {}), definitions)
    if part == driver.get("const"):
        return node  # the tag of a discriminated union, not a key
    if isinstance(node.get("additionalProperties"), dict):
        return node["additionalProperties"]
    return node.get("items", {})


def _one_line(text: str) -> str:
    return " ".join(text.split())
