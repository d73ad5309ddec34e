"""Every setting stands in docs/settings.md, and nothing else does."""

import importlib
import re
from collections.abc import Iterator

from pydantic import BaseModel
from pydantic_settings import BaseSettings

from tests.architecture.repository import ROOT, our_packages, relative, tracked_files

DOCUMENT = ROOT / "docs" / "settings.md"
ROW = re.compile(r"^\| `(CAMPOTECH_[A-Z0-9_]+)`", re.MULTILINE)
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


def names_in(model: type[BaseModel], prefix: str, delimiter: str | None) -> Iterator[str]:
    for name, field in model.model_fields.items():
        kind = field.annotation
        if delimiter and isinstance(kind, type) and issubclass(kind, BaseModel):
            yield from names_in(kind, f"{prefix}{name}{delimiter}", delimiter)
        else:
            yield (field.alias or f"{prefix}{name}").upper()


def settings_in_code() -> set[str]:
    return {
        name
        for model in settings_models()
        for name in names_in(
            model,
            model.model_config.get("env_prefix", ""),
            model.model_config.get("env_nested_delimiter"),
        )
    }


def test_every_setting_is_documented() -> None:
    known = settings_in_code()

    documented = set(ROW.findall(DOCUMENT.read_text()))

    assert known
    assert documented == known


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
