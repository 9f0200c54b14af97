"""What clients write, as it may be kept: one line of plain words; and what is wrong with what cannot. Pure."""

from pydantic import ValidationError

_MOST = 500


def clean(text: object, most: int = _MOST) -> str:
    """One line of at most so many characters, without what no file takes: control characters, lone surrogates."""
    shown = "".join(letter if letter.isprintable() else " " for letter in str(text))
    return " ".join(shown.split())[:most].rstrip()


def objection(what: str, error: ValidationError) -> str:
    """The first thing that a model objects to, in one sentence."""
    first = error.errors(include_url=False)[0]
    where = ".".join([what, *map(str, first["loc"])])
    return f"{where}: {first['msg'].removeprefix('Value error, ')}"
