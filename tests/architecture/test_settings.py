"""Every setting stands in docs/settings.md, and nothing else does."""

import importlib
import re
from collections.abc import Iterator
from pathlib import Path

from pydantic import BaseModel
from pydantic.fields import FieldInfo
from pydantic_settings import BaseSettings

from tests.architecture.repository import ROOT, our_packages, relative, tracked_files

DOCUMENT = ROOT / "docs" / "settings.md"
ROW = re.compile(r"^\| `(CAMPOTECH_[A-Z0-9_]+)` \| ([^|]*) \|", re.MULTILINE)
MENTION = re.compile(r"\bCAMPOTECH_[A-Z0-9_]*[A-Z0-9]\b")


def settings_models() -> Iterator[type[BaseSettings]]:
    for file in tracked_files("*/settings.py"):
        package, *_ = file.relative_to(ROOT).parts
        if package not in our_packages():
            continue
        name = relative(file).removesuffix(".py").replace("/", ".")
        for value in vars(importlib.import_module(name)).values():
            if (
                isinstance(value, type)
                and issubclass(value, BaseSettings)
                and value.__module__ == name
            ):
                yield value


def fields_of(
    model: type[BaseModel], prefix: str, delimiter: str | None
) -> Iterator[tuple[str, FieldInfo]]:
    for name, field in model.model_fields.items():
        kind = field.annotation
        if delimiter and isinstance(kind, type) and issubclass(kind, BaseModel):
            yield from fields_of(kind, f"{prefix}{name}{delimiter}", delimiter)
        else:
            yield (field.alias or f"{prefix}{name}").upper(), field


def settings_in_code() -> dict[str, FieldInfo]:
    return dict(
        named_field
        for model in settings_models()
        for named_field in fields_of(
            model,
            model.model_config.get("env_prefix", ""),
            model.model_config.get("env_nested_delimiter"),
        )
    )


def as_written(default: object) -> str | None:
    match default:
        case bool():
            return f"`{str(default).lower()}`"
        case float():
            return f"`{default:g}`"
        case int() | str() | Path():
            return f"`{default}`"
        case _:
            return None


def test_every_setting_is_documented() -> None:
    known = set(settings_in_code())

    documented = [name for name, _ in ROW.findall(DOCUMENT.read_text())]

    assert known
    assert sorted(documented) == sorted(known)


def test_documented_defaults_are_those_of_the_code() -> None:
    documented = dict(ROW.findall(DOCUMENT.read_text()))
    defaults = {name: as_written(field.default) for name, field in settings_in_code().items()}

    wrong = {
        name: documented.get(name)
        for name, default in defaults.items()
        if default and documented.get(name) != default
    }

    assert not wrong


def test_every_setting_of_ours_carries_our_prefix() -> None:
    strangers = {name for name in settings_in_code() if not name.startswith("CAMPOTECH_")}

    assert not strangers


def test_documents_mention_only_settings_that_exist() -> None:
    known = settings_in_code()

    unknown = {
        f"{relative(document)}: {name}"
        for document in tracked_files("*.md")
        for name in MENTION.findall(document.read_text())
        if name not in known
    }

    assert not unknown
