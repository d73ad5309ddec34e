"""Requests for one path of the OpenAPI document, made up by Schemathesis, sound and unsound."""

import re
from collections.abc import Sequence
from dataclasses import replace
from functools import cache
from random import Random
from typing import Any, TypeAlias

import hypothesis
import schemathesis
from hypothesis import HealthCheck, Phase, settings
from schemathesis import GenerationMode
from schemathesis.core.result import Ok

from domain.commands import Role
from tests.architecture.contract import methods
from tests.architecture.repository import GENERATED
from tests.support.any_method import AnyMethod
from tests.support.fuzzing.shots import likely_senders
from tests.support.fuzzing.vocabulary import Vocabulary

DOCUMENT = GENERATED / "openapi" / "campotech.json"

Operation: TypeAlias = schemathesis.APIOperation[Any, Any, Any, Any]
Case: TypeAlias = schemathesis.Case[Any]

_NAME = re.compile(r"(?:organizations/[^/]*/)?(?P<collection>[a-z]+)/[0-9a-f-]{36}")
_LIKELY = 0.7


@cache
def operations() -> Sequence[Operation]:
    """Return every operation of the committed document."""
    schema = schemathesis.openapi.from_path(DOCUMENT)
    return [result.ok() for result in schema.get_all_operations() if isinstance(result, Ok)]


def method_of(operation: Operation) -> AnyMethod:
    """Return the method behind a path, which the operation's id names."""
    service, name = operation.definition.raw["operationId"].split("_")[:2]
    (found,) = (
        method.full_name
        for method in methods()
        if (method.containing_service.name, method.name) == (service, name)
    )
    return AnyMethod(found)


def cases_of(
    operation: Operation, words: Vocabulary, *, count: int, seed: int
) -> Sequence[tuple[str, Case]]:
    """Return requests that keep to the document, and as many that do not, with who sends each."""
    chance = Random(seed)  # noqa: S311  # chooses among people and names, keeps no secret
    senders = likely_senders(method_of(operation).path)
    sound = _generated(operation, GenerationMode.POSITIVE, count=count // 2, seed=seed)
    unsound = _generated(operation, GenerationMode.NEGATIVE, count=count // 2, seed=seed)
    sent = [(chance.choice(senders), case) for case in [*sound, *unsound]]
    for sender, case in sent[: len(sound)]:
        # The platform's own staff may reach everybody: only those are tried on others who may not.
        _speak_of(case, replace(words, theirs={}) if sender == Role.ADMIN else words, chance)
    return sent


def _generated(operation: Operation, mode: GenerationMode, *, count: int, seed: int) -> list[Case]:
    collected: list[Case] = []

    @hypothesis.seed(seed)
    @settings(
        max_examples=count,
        database=None,
        deadline=None,
        phases=[Phase.generate],
        suppress_health_check=list(HealthCheck),
    )
    @hypothesis.given(operation.as_strategy(generation_mode=mode))
    def collect(case: Case) -> None:
        collected.append(case)

    try:
        collect()
    except hypothesis.errors.Unsatisfiable:
        # Where anything is sound, nothing is unsound.
        return []
    return collected


def _speak_of(case: Case, words: Vocabulary, chance: Random) -> None:
    """Name things that exist, where the document knows only what names look like."""
    case.path_parameters = {
        name: _id_of(words, f"{name}s", str(value), chance)
        for name, value in (case.path_parameters or {}).items()
    }
    case.query = _renamed(case.query, words, chance)
    if isinstance(case.body, dict):
        case.body = _renamed(case.body, words, chance)


def _id_of(words: Vocabulary, collection: str, otherwise: str, chance: Random) -> str:
    return _one_of(words, collection, otherwise, chance).rpartition("/")[2]


def _one_of(words: Vocabulary, collection: str, otherwise: str, chance: Random) -> str:
    whose = words.ours if chance.random() < _LIKELY else words.theirs
    return chance.choice([*whose.get(collection, ()), otherwise])


def _renamed(value: Any, words: Vocabulary, chance: Random) -> Any:
    if isinstance(value, dict):
        return {key: _renamed(held, words, chance) for key, held in value.items()}
    if isinstance(value, list):
        return [_renamed(held, words, chance) for held in value]
    match = _NAME.fullmatch(value) if isinstance(value, str) else None
    return _one_of(words, match["collection"], value, chance) if match else value
