"""Writes docs/settings.md from the classes that read the settings: `make generate`.

A setting means what the docstring under its field says. One that several programs read is
described where it belongs, once.
"""

import ast
import inspect
import types
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from decimal import Decimal
from functools import cache
from pathlib import Path
from typing import Literal, Union, get_args, get_origin

from annotated_types import Ge, Gt, Le, Lt
from pydantic import BaseModel, SecretStr, ValidationError
from pydantic.fields import FieldInfo
from pydantic_settings import BaseSettings

from adapters.blobs.settings import BlobSettings
from adapters.guarded_calls.settings import BreakerSettings
from adapters.settings import AdapterSettings
from cli.settings import LocalSettings, OperatorSettings
from sandbox.settings import SandboxSettings
from server.settings import ServerSettings
from web.settings import WebSettings
from workers.settings import KeeperSettings, LedgerSettings, WorkerSettings

DOCUMENT = Path(__file__).with_name("settings.md")
NOBODYS_PREFIX = "NOBODY_SETS_THIS_"
TITLE = """# Settings

Every process reads its settings once, at its start, from environment variables that begin with
`CAMPOTECH_`. `campotech up` sets them for whatever it starts, so a laptop needs none. Secrets are
never printed. `make generate` writes this page from the code.
"""
HEAD = """| setting | kind | default | read by | meaning |
| --- | --- | --- | --- | --- |
"""
READERS: Mapping[type[BaseSettings], Sequence[str]] = {
    LocalSettings: ["campotech"],
    OperatorSettings: ["campotech"],
    ServerSettings: ["server"],
    LedgerSettings: ["workers", "keeper"],
    WorkerSettings: ["workers"],
    KeeperSettings: ["keeper"],
    AdapterSettings: ["server", "workers"],
    BlobSettings: ["server", "workers", "web"],
    BreakerSettings: ["server", "workers"],
    WebSettings: ["web"],
    SandboxSettings: ["sandbox"],
}


@dataclass(frozen=True, slots=True)
class Section:
    """Some classes under a heading."""

    title: str
    models: Sequence[type[BaseSettings]]
    introduction: str = ""


SECTIONS = (
    Section(
        "Local platform (`campotech up`, `demo` and the tests)",
        [LocalSettings, OperatorSettings],
        "A port that is set is taken as it is; one that is not is its default plus the offset, so"
        " one setting moves a second clone aside.",
    ),
    Section(
        "Server",
        [ServerSettings],
        "The ports and the number of processes also hold for `campotech up`, which passes them on;"
        " the longest deadline holds for its Envoy too.",
    ),
    Section(
        "`web`",
        [WebSettings],
        "It also reads `CAMPOTECH_WEB_PORT`, above, and what is said of blobs, below.",
    ),
    Section("Workers and keeper", [LedgerSettings, WorkerSettings, KeeperSettings]),
    Section("What is outside", [AdapterSettings, BlobSettings, BreakerSettings]),
    Section(
        "Sandbox",
        [SandboxSettings],
        "Faults are switched while it runs; these are what it starts with.",
    ),
)

# What is required and takes no address of a file.
EXAMPLES: Mapping[str, str] = {"redis_url": "redis://given"}

KINDS: Mapping[object, str] = {
    bool: "`true` or `false`",
    int: "whole number",
    float: "number",
    Decimal: "number",
    str: "text",
    Path: "path",
    SecretStr: "secret",
    tuple: "list",
    frozenset: "JSON list",
}
BOUNDS: Mapping[type, tuple[str, str]] = {
    Gt: ("gt", ">"),
    Ge: ("ge", "≥"),
    Lt: ("lt", "<"),
    Le: ("le", "≤"),
}


@dataclass(frozen=True, slots=True, kw_only=True)
class Setting:
    """A field of a class as an environment variable; `meaning` is empty where it is another's."""

    name: str
    kind: str
    default: str
    meaning: str


def main() -> None:
    DOCUMENT.write_text(reference())


def reference() -> str:
    """Return the whole page."""
    parts = [TITLE]
    for section in SECTIONS:
        rows = [
            setting for model in section.models for setting in settings_of(model) if setting.meaning
        ]
        introduction = f"{section.introduction}\n\n" if section.introduction else ""
        table = HEAD + "".join(f"{row_of(setting)}\n" for setting in rows)
        parts.append(f"## {section.title}\n\n{introduction}{table}")
    return "\n".join(parts)


def row_of(setting: Setting) -> str:
    readers = ", ".join(readers_of(setting.name))
    cells = (f"`{setting.name}`", setting.kind, setting.default, readers, setting.meaning)
    return f"| {' | '.join(cells)} |"


def readers_of(name: str) -> list[str]:
    """Return the programs that read a setting, in the order of the sections."""
    found = (
        reader
        for model, readers in READERS.items()
        for reader in readers
        if name in {setting.name for setting in settings_of(model)}
    )
    return list(dict.fromkeys(found))


@cache
def settings_of(model: type[BaseSettings]) -> tuple[Setting, ...]:
    """Return the settings that a class reads, as they stand in it."""
    config = model.model_config
    prefix, delimiter = config.get("env_prefix", ""), config.get("env_nested_delimiter")
    required, example = example_of(model)
    return tuple(_fields(model, prefix, delimiter, required=required, example=example))


def example_of(model: type[BaseSettings]) -> tuple[frozenset[str], BaseSettings]:
    """Return what must be set, and what comes of setting nothing else."""
    try:
        return frozenset(), model(_env_prefix=NOBODYS_PREFIX)
    except ValidationError as error:
        required = frozenset(str(problem["loc"][0]) for problem in error.errors())
    given = {name: EXAMPLES.get(name, "file:///given") for name in required}
    return required, model.model_validate(given)


def _fields(
    model: type[BaseModel],
    prefix: str,
    delimiter: str | None,
    *,
    required: frozenset[str],
    example: BaseModel,
) -> Iterator[Setting]:
    meanings = meanings_in(model)
    for name, field in model.model_fields.items():
        kind, value = field.annotation, getattr(example, name)
        if delimiter and isinstance(kind, type) and issubclass(kind, BaseModel):
            inner = f"{prefix}{name}{delimiter}"
            yield from _fields(kind, inner, delimiter, required=frozenset(), example=value)
            continue
        default = "required" if name in required else default_of(field, value)
        yield Setting(
            name=f"{prefix}{name}".upper(),
            kind=", ".join([kind_of(kind), *bounds_of(field)]),
            default=default,
            meaning=meanings.get(name, ""),
        )


def meanings_in(model: type[BaseModel]) -> Mapping[str, str]:
    """Return the docstrings under the fields of a class, each on one line."""
    tree = ast.parse(inspect.getsource(model).lstrip())
    (definition,) = tree.body
    if not isinstance(definition, ast.ClassDef):
        raise TypeError(f"{model} is no class.")
    found = {}
    for field, text in zip(definition.body, definition.body[1:], strict=False):
        match field, text:
            case (
                ast.AnnAssign(target=ast.Name(id=name)),
                ast.Expr(value=ast.Constant(value=str(meaning))),
            ):
                found[name] = " ".join(meaning.split())
    return found


def default_of(field: FieldInfo, value: object) -> str:
    """Return what holds where nothing is set, in words where the field has some."""
    extra = field.json_schema_extra
    if isinstance(extra, dict) and "unset" in extra:
        return str(extra["unset"])
    match value:
        case None:
            return "none"
        case bool():
            return f"`{str(value).lower()}`"
        case float():
            return f"`{value:g}`"
        case tuple():
            return f"`{','.join(value)}`"
        case _:
            return f"`{value}`"


def kind_of(annotation: object) -> str:
    origin = get_origin(annotation)
    if origin is Literal:
        *most, last = (f"`{choice}`" for choice in get_args(annotation))
        return f"{', '.join(most)} or {last}" if most else last
    if origin in {Union, types.UnionType}:
        choices = (choice for choice in get_args(annotation) if choice is not types.NoneType)
        return " or ".join(kind_of(choice) for choice in choices)
    return KINDS[origin or annotation]


def bounds_of(field: FieldInfo) -> Iterator[str]:
    for limit in field.metadata:
        if type(limit) in BOUNDS:
            attribute, sign = BOUNDS[type(limit)]
            yield f"{sign} {getattr(limit, attribute)}"


if __name__ == "__main__":
    main()
