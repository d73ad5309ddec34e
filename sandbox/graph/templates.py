"""Message templates: what was approved, and the text that a message made from one shows."""

import re
import secrets
from collections.abc import Sequence
from dataclasses import dataclass, replace
from enum import StrEnum

from sandbox.graph.errors import GraphError
from sandbox.graph.requests import Component, NewTemplate, Parameter, TemplateBody

_PLACEHOLDER = re.compile(r"\{\{\s*(\w+)\s*\}\}")
_UNFIT_FOR_A_PARAMETER = re.compile(r"[\n\t]| {5,}")
_MOST_TEMPLATES = 6000


class TemplateStatus(StrEnum):
    APPROVED = "APPROVED"
    PENDING = "PENDING"
    REJECTED = "REJECTED"
    PAUSED = "PAUSED"
    DISABLED = "DISABLED"


@dataclass(frozen=True, slots=True, kw_only=True)
class Template:
    id: str
    status: TemplateStatus
    content: NewTemplate

    def as_json(self) -> dict[str, object]:
        return {
            "id": self.id,
            "status": self.status,
            **self.content.model_dump(exclude_none=True),
        }

    def render(self, sent: TemplateBody) -> str:
        """Return what the receiver reads; raise GraphError where the parameters do not fit."""
        lines = [
            self._rendered("HEADER", sent.components),
            self._rendered("BODY", sent.components),
            self._rendered("FOOTER", sent.components),
        ]
        return "\n\n".join(filter(None, lines))

    def _rendered(self, kind: str, components: Sequence[Component]) -> str:
        component = self.content.component(kind)
        given = [
            parameter
            for one in components
            if one.type.upper() == kind
            for parameter in one.parameters
        ]
        if component is None or component.text is None:
            return _attachment(component.format, given) if component and component.format else ""
        names = list(dict.fromkeys(_PLACEHOLDER.findall(component.text)))
        if len(given) != len(names):
            raise GraphError(
                132000,
                f"{kind.lower()}: number of localizable_params ({len(given)}) does not match the "
                f"expected number of params ({len(names)})",
            )
        values = _values(names, given)
        return _PLACEHOLDER.sub(lambda match: values[match.group(1)], component.text)


def _attachment(kind: str, given: Sequence[Parameter]) -> str:
    if [parameter.type.upper() for parameter in given] != [kind]:
        raise GraphError(132012, f"header: Format mismatch, expected {kind}")
    return f"[{kind.lower()}]"


def _values(names: Sequence[str], given: Sequence[Parameter]) -> dict[str, str]:
    if all(name.isdecimal() for name in names):
        ordered = sorted(names, key=int)
        return dict(zip(ordered, map(_value, given), strict=True))
    named = {parameter.parameter_name: _value(parameter) for parameter in given}
    if set(named) != set(names):
        raise GraphError(100, f"Parameter names must be {', '.join(names)}")
    return {name: named[name] for name in names}


def _value(parameter: Parameter) -> str:
    rich = parameter.currency or parameter.date_time
    value = parameter.text if rich is None else rich.fallback_value
    if not value:
        raise GraphError(131008, f"Parameter of type {parameter.type} is missing its value")
    if _UNFIT_FOR_A_PARAMETER.search(value):
        raise GraphError(
            132012,
            "Param text cannot have new-line/tab characters or more than 4 consecutive spaces",
        )
    return value


class TemplateShelf:
    """The templates of every WhatsApp account alike: there is one catalogue for all."""

    def __init__(self) -> None:
        self._templates: dict[tuple[str, str], Template] = {}
        self.reset()

    def reset(self) -> None:
        self._templates.clear()
        for content in BUILT_IN:
            self.add(content, TemplateStatus.APPROVED)

    def add(self, content: NewTemplate, status: TemplateStatus) -> Template:
        key = (content.name, content.language)
        if key in self._templates:
            raise GraphError(100, "Content in this language already exists")
        if len(self._templates) >= _MOST_TEMPLATES:
            raise GraphError(80007, "There is no room for another template")
        template = Template(
            id=str(secrets.randbelow(9 * 10**14) + 10**14), status=status, content=content
        )
        self._templates[key] = template
        return template

    def remove(self, name: str) -> bool:
        keys = [key for key in self._templates if key[0] == name]
        for key in keys:
            del self._templates[key]
        return bool(keys)

    def judge(self, name: str, language: str, status: TemplateStatus) -> Template | None:
        template = self._templates.get((name, language))
        if template is None:
            return None
        judged = replace(template, status=status)
        self._templates[name, language] = judged
        return judged

    def all(self, name: str | None = None) -> list[Template]:
        return [
            template
            for template in self._templates.values()
            if name is None or template.content.name == name
        ]

    def usable(self, name: str, language: str) -> Template:
        """Return an approved template; raise GraphError."""
        template = self._templates.get((name, language))
        if template is None or template.status in {TemplateStatus.PENDING, TemplateStatus.REJECTED}:
            raise GraphError(132001, f"template name ({name}) does not exist in {language}")
        if template.status is TemplateStatus.PAUSED:
            raise GraphError(132015)
        if template.status is TemplateStatus.DISABLED:
            raise GraphError(132016)
        return template


BUILT_IN = (
    NewTemplate.model_validate(
        {
            "name": "job_completed_invoice",
            "language": "es_AR",
            "category": "UTILITY",
            "components": [
                {
                    "type": "BODY",
                    "text": (
                        "Hola {{1}}, terminamos el trabajo N.º {{2}}.\n\n"
                        "Tu comprobante: {{3}}\nCAE: {{4}}\nTotal: {{5}}\n\n"
                        "¡Gracias por confiar en nosotros!"
                    ),
                }
            ],
        }
    ),
)
