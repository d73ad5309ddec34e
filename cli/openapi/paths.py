"""The paths of the contract as OpenAPI writes them: `/jobs/{job}:assign` for `{name=jobs/*}`."""

import re
from dataclasses import dataclass

from google.api import http_pb2

from cli.openapi.rules import UUID_PATTERN, Schema

_VARIABLE = re.compile(r"\{(?P<field>[\w.]+)(?:=(?P<template>[^}]*))?\}")
_WORD = re.compile(r"[a-z]+")


@dataclass(frozen=True, slots=True)
class PathTemplate:
    """One path: how a caller writes it, and which fields of the request it holds."""

    verb: str
    text: str
    parameters: tuple[str, ...]
    fields: tuple[str, ...]

    def parameter_schemas(self) -> list[Schema]:
        return [
            {
                "name": name,
                "in": "path",
                "required": True,
                "description": f"The id of the {' '.join(_WORD.findall(name))}.",
                "schema": {"type": "string", "pattern": UUID_PATTERN},
            }
            for name in self.parameters
        ]


def path_template(binding: http_pb2.HttpRule) -> PathTemplate:
    """Return the path of a binding; a variable that is a name becomes one id per `*`."""
    verb = str(binding.WhichOneof("pattern"))
    parameters: list[str] = []
    fields: list[str] = []

    def written(match: re.Match[str]) -> str:
        fields.append(match["field"])
        segments = (match["template"] or "*").split("/")
        for index, segment in enumerate(segments):
            if segment == "*":
                name = _singular(segments[index - 1]) if index else match["field"]
                parameters.append(name)
                segments[index] = f"{{{name}}}"
        return "/".join(segments)

    text = _VARIABLE.sub(written, getattr(binding, verb))
    return PathTemplate(verb, text, tuple(parameters), tuple(fields))


def _singular(collection: str) -> str:
    """Return what one of a collection is called; ours all take a plain s."""
    return collection.removesuffix("s")
