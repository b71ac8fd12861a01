"""Reading a YAML file into a model, with all its faults at once."""

from __future__ import annotations

import difflib
import re
from collections import Counter
from collections.abc import Callable, Iterator, Sequence
from dataclasses import replace
from pathlib import Path
from typing import Any, TypeVar

import yaml
from pydantic import BaseModel, ValidationError
from pydantic_core import ErrorDetails

from keepinpact.data.text import read_text
from keepinpact.faults import DataError, Fault, fault_rule, unseen
from keepinpact.statements.constraints import kinds, taken_by
from keepinpact.statements.kind import Strict
from keepinpact.statements.shares import LIMITS

_M = TypeVar("_M", bound=BaseModel)
_MOST_YAML = 2_000_000
_LARGEST = 1_000_000
_DEEPEST = 100

References = Iterator[tuple[tuple[str | int, ...], Any, str]]
Locate = Callable[[Sequence[Any]], tuple[int, str]]

_RULES = {
    "extra_forbidden": "is no key that can stand here (a comma or a colon in a text needs quotes around it)",
    "missing": "is needed",
    "string_type": "is text (a number, a date, yes and no become text in quotes)",
    "string_pattern_mismatch": "is a name: a letter, then letters, digits, dots, hyphens and underscores",
    "int_type": "is a whole number",
    "list_type": "is a list",
    **dict.fromkeys(
        ("dict_type", "model_type", "model_attributes_type"), "is a mapping, of keys with values"
    ),
    "invalid_key": "is no key that can stand here (a key is text; a number, a date, yes and no need quotes)",
    **dict.fromkeys(("bool_type", "bool_parsing"), "is true or false"),
    "string_too_short": "is not empty",
}
"""What should stand in a YAML file, by pydantic's type of error."""

_MEANT = {
    "base": "is the name of a quantity (make one of it, and say with count how many it is)",
    "is": "is a percentage with its sign, such as 61 %",
    **dict.fromkeys(LIMITS, "is a percentage with its sign, such as 60 %, or a fraction such as 1/3"),
}
"""What somebody meant who wrote a number where text stands, by its key."""
_MOST_DIGITS = 1000
_DECIMALS = re.compile(r"[0-9]+ ?%")
_GROUPED = re.compile(r"[0-9]{1,3}(,[0-9]{3})+")


def read_yaml(
    path: Path, name: str, model: type[_M], references: Callable[[Any], References] | None = None
) -> tuple[_M, Locate]:
    """A validated YAML file and a function from a place in it to its line and to its name for people.

    ``references`` gives the faults of the references in what can be read of an invalid file.
    """
    text = read_text(path, name, _MOST_YAML)
    loader = _Loader(text)
    try:
        _check_depth(name, text)
        node = loader.get_single_node()
        repeated = _repeated(name, node)
        content = loader.construct_document(node) if node else None
    except yaml.YAMLError as error:
        mark = getattr(error, "problem_mark", None)
        problem = getattr(error, "problem", None) or str(error).splitlines()[0]
        if problem.startswith("mapping values"):
            problem += "; a text with a colon needs quotes around it"
        row = mark.line + 1 if mark else 0
        raise DataError([Fault(name, row, "", "", f"is readable YAML ({problem})")]) from None
    except RecursionError:
        raise DataError([Fault(name, 0, "", "", "is not nested this deeply")]) from None
    finally:
        loader.dispose()

    def locate(place: Sequence[Any]) -> tuple[int, str]:
        here: Any = node
        found = []
        for key in place:
            if isinstance(here, yaml.MappingNode):
                inner = next((v for k, v in here.value if k.value == str(key)), None)
                label = str(key)
            elif isinstance(here, yaml.SequenceNode) and isinstance(key, int):
                inner = here.value[key] if key < len(here.value) else None
                label = _entry(inner, key)
            else:
                inner = None
            if inner is not None:
                here = inner
                found.append(label)
        return (int(here.start_mark.line) + 1 if here is not None else 1), "/".join(found)

    try:
        found = model.model_validate(content)
    except ValidationError as error:
        faults = [_fault(name, e, locate) for e in error.errors()]
        if references is not None:
            faults += _references(name, references(content), locate)
        raise DataError(sorted([*repeated, *faults], key=lambda fault: fault.row)) from None
    if repeated:
        raise DataError(repeated)
    return found, locate


class _Loader(yaml.CSafeLoader):
    """YAML in which a whole number is written as people do: neither 010 (8) nor 1:3 (63) is one."""


_INT = "tag:yaml.org,2002:int"
_Loader.yaml_implicit_resolvers = {
    first: [
        (tag, re.compile(r"[-+]?(0|[1-9][0-9_]*)$") if tag == _INT else pattern) for tag, pattern in resolvers
    ]
    for first, resolvers in yaml.CSafeLoader.yaml_implicit_resolvers.items()
}


def _check_depth(name: str, text: str) -> None:
    """DataError for a file nested so deeply that its reader, which calls itself, would break down."""
    depth = 0
    for event in yaml.parse(text, yaml.CSafeLoader):
        if isinstance(event, yaml.CollectionStartEvent):
            depth += 1
            if depth > _DEEPEST:
                row = event.start_mark.line + 1 if event.start_mark else 0
                raise DataError([Fault(name, row, "", "", "is not nested this deeply")])
        elif isinstance(event, yaml.CollectionEndEvent):
            depth -= 1


def _entry(node: yaml.Node | None, position: int) -> str:
    """What an entry of a list is called: its id, or its number from 1."""
    keys = node.value if isinstance(node, yaml.MappingNode) else []
    ids = (v.value for k, v in keys if k.value == "id" and isinstance(v, yaml.ScalarNode))
    return next(ids, str(position + 1))


def _fault(name: str, error: ErrorDetails, locate: Locate) -> Fault:
    row, place = locate(error["loc"])
    value = None if error["input"] is None else str(error["input"])[:80]
    rule = _RULES.get(error["type"], fault_rule(error["msg"]))
    if error["type"] == "string_type" and isinstance(error["input"], int | float):
        rule = _MEANT.get(str(error["loc"][-1]), rule)
    elif error["type"] == "int_type" and _GROUPED.fullmatch(str(error["input"])):
        rule += f", written without commas: {str(error['input']).replace(',', '')}"
    elif error["type"] in ("extra_forbidden", "invalid_key"):
        rule = _key_meant(str(error["loc"][-1]), rule)
    if error["type"] == "missing":
        place, value = "/".join(filter(None, [place, str(error["loc"][-1])])), None
    elif error["type"].startswith("union_tag"):
        value = str(error.get("ctx", {}).get("tag", value))
        rule = _kind_meant(error["input"])
    elif error["type"] == "too_short":
        least = error["ctx"]["min_length"]
        rule = f"has {'an entry' if least == 1 else f'{least} entries'} or more"
    return Fault(name, row, place, value, rule)


def _key_meant(key: str, rule: str) -> str:
    """What should stand in place of a key that cannot, where what was meant can be guessed."""
    if _DECIMALS.fullmatch(key):
        return "is no key that can stand here (decimals have a point: 61.5 %)"
    if key.isdecimal():
        return "is no key that can stand here (a number is written without commas: 1234)"
    kinds_of_part, keys = [Strict], set[str]()
    while kinds_of_part:
        part = kinds_of_part.pop()
        kinds_of_part += part.__subclasses__()
        keys |= {field.alias or name for name, field in part.model_fields.items()}
    near = difflib.get_close_matches(key, keys - {key}, n=1, cutoff=0.75)
    return f"is no key that can stand here (is {near[0]} meant?)" if near else rule


def _kind_meant(written: Any) -> str:
    """What should stand where a constraint has no kind that can be read."""
    known = [one for one in written if one in kinds()] if isinstance(written, dict) else []
    if len(known) > 1:
        return f"is one kind, and each of {', '.join(known)} an entry of its own in the list"
    if known:
        return f"is {known[0]} with a mapping of what it takes, as in {known[0]}: {{{taken_by(known[0])}}}"
    return f"is one of {', '.join(kinds())}, with what it takes"


def _references(name: str, found: References, locate: Locate) -> list[Fault]:
    faults = (Fault(name, *locate(place), str(value), rule) for place, value, rule in found)
    return list(dict.fromkeys(faults))


def _repeated(name: str, root: yaml.Node | None) -> list[Fault]:
    """Keys given twice, of which YAML would silently keep the last.

    Raises
    ------
    DataError
        If the document is too large once its aliases are written out, escapes what cannot be seen, or holds a
        number of too many digits.
    RecursionError
        If it is nested too deeply, or in itself.
    """
    sizes: dict[int, int] = {}
    faults: list[Fault] = []

    def size(node: yaml.Node) -> int:
        if id(node) not in sizes:
            inner = node.value if isinstance(node, yaml.CollectionNode) else []
            if isinstance(node, yaml.ScalarNode) and (fault := unseen(name, node.value)):
                raise DataError([replace(fault, row=node.start_mark.line + 1)])
            if node.tag == _INT and len(node.value) > _MOST_DIGITS:
                rule = f"has numbers of {_MOST_DIGITS} digits at most"
                raise DataError([Fault(name, node.start_mark.line + 1, "", "", rule)])
            if isinstance(node, yaml.MappingNode):
                keys = Counter(key.value for key, _ in inner if isinstance(key, yaml.ScalarNode))
                faults.extend(
                    Fault(name, key.start_mark.line + 1, key.value, None, "is given once")
                    for key, _ in inner
                    if isinstance(key, yaml.ScalarNode) and keys[key.value] > 1
                )
                inner = [one for pair in inner for one in pair]
            sizes[id(node)] = 1 + sum(size(one) for one in inner)
            if sizes[id(node)] > _LARGEST:
                row = node.start_mark.line + 1
                raise DataError([Fault(name, row, "", "", "is not this large with its aliases written out")])
        return sizes[id(node)]

    if root is not None:
        size(root)
    return faults
