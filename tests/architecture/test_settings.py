"""docs/settings.md is what the code says, and every setting says what it means."""

import importlib
import re
from collections import Counter
from collections.abc import Iterator

from pydantic_settings import BaseSettings

from docs.settings_reference import DOCUMENT, READERS, SECTIONS, reference, settings_of
from tests.architecture.repository import ROOT, our_packages, relative, tracked_files

MENTION = re.compile(r"\bCAMPOTECH_[A-Z0-9_]*[A-Z0-9]\b")
NO_SETTINGS_OF_ITS_OWN = {"sandbox.settings.PortOffset"}


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


def known_names() -> set[str]:
    return {setting.name for model in READERS for setting in settings_of(model)}


def test_the_page_of_settings_is_generated_from_the_code() -> None:
    assert DOCUMENT.read_text() == reference(), "make generate writes it anew"


def test_every_class_of_settings_is_on_the_page() -> None:
    classes = {f"{model.__module__}.{model.__name__}" for model in settings_models()}

    listed = {f"{model.__module__}.{model.__name__}" for model in READERS}

    assert listed == classes - NO_SETTINGS_OF_ITS_OWN
    assert listed == {
        f"{model.__module__}.{model.__name__}" for section in SECTIONS for model in section.models
    }


def test_every_setting_has_one_docstring_wherever_it_is_read() -> None:
    described = Counter(
        setting.name for model in READERS for setting in settings_of(model) if setting.meaning
    )

    assert known_names()
    assert described == Counter(known_names())


def test_every_setting_of_ours_carries_our_prefix() -> None:
    strangers = {name for name in known_names() if not name.startswith("CAMPOTECH_")}

    assert not strangers


def test_documents_mention_only_settings_that_exist() -> None:
    known = known_names()

    unknown = {
        f"{relative(document)}: {name}"
        for document in tracked_files("*.md")
        for name in MENTION.findall(document.read_text())
        if name not in known
    }

    assert not unknown
