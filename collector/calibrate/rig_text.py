"""Values into a rig's file as text: nothing but these values changes, comments and layout stay. Pure."""

from collections.abc import Mapping

import yaml

from hardware.load import ConfigError

Key = tuple[str | int, ...]
"""The way to a value: keys of mappings, places in sequences."""


def with_values(text: str, values: Mapping[Key, float | int]) -> str:
    """The file's text with these values; a key that is not there yet is added to its mapping.

    Raises ConfigError where the file has no place for a value.
    """
    for key, value in values.items():
        text = _with(text, key, value)
    return text


def _with(text: str, key: Key, value: float | int) -> str:
    root = yaml.compose(text)
    if root is None:
        raise ConfigError(f"the file is empty, so {_name(key)} has no place in it")
    node: yaml.Node = root
    for depth, part in enumerate(key):
        inner = _inner(node, part)
        if inner is None:
            if depth < len(key) - 1 or not isinstance(node, yaml.MappingNode) or not node.value:
                raise ConfigError(f"the file has no {_name(key[: depth + 1])}; write it there yourself")
            return _added(text, node, str(part), value)
        node = inner
    if not isinstance(node, yaml.ScalarNode):
        raise ConfigError(f"{_name(key)} is no single value in the file; write it there yourself")
    return text[: node.start_mark.index] + _plain(value) + text[node.end_mark.index :]


def _inner(node: yaml.Node, part: str | int) -> yaml.Node | None:
    match node, part:
        case yaml.MappingNode(), str():
            return next((inner for name, inner in node.value if name.value == part), None)
        case yaml.SequenceNode(), int():
            return node.value[part] if part < len(node.value) else None
        case _:
            return None


def _added(text: str, node: yaml.MappingNode, name: str, value: float | int) -> str:
    """After the mapping's last entry: in braces on the same line, else on a line of its own."""
    first, last = node.value[0][0], node.value[-1][1]
    if node.flow_style:
        at = last.end_mark.index
        return f"{text[:at]}, {name}: {_plain(value)}{text[at:]}"
    at = last.end_mark.index if isinstance(last, yaml.ScalarNode) or last.flow_style else _last_line(text, last)
    end = text.find("\n", at)
    end = len(text) if end < 0 else end
    return f"{text[:end]}\n{' ' * first.start_mark.column}{name}: {_plain(value)}{text[end:]}"


def _last_line(text: str, node: yaml.CollectionNode) -> int:
    """A block ends, for the parser, where the next one begins: go back to its own last line."""
    return len(text[: node.end_mark.index].rstrip())


def _plain(value: float | int) -> str:
    return str(value) if isinstance(value, int) else f"{value:.6g}"


def _name(key: Key) -> str:
    return ".".join(map(str, key))
