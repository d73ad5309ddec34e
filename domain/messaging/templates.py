"""The templates WhatsApp approved for us: the only texts that may open a conversation.

They are kept at Meta under the same names; a copy of each text is here so that people can read
what a customer was told.
"""

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass

_BLANK = re.compile(r"\{\{(\d+)\}\}")


@dataclass(frozen=True, slots=True, kw_only=True)
class Template:
    """An approved text whose blanks are numbered from one: `Hola {{1}}`."""

    name: str
    language: str
    body: str

    @property
    def blanks(self) -> int:
        return len(set(_BLANK.findall(self.body)))

    def render(self, parameters: Sequence[str]) -> str:
        """Return the text with its blanks filled in; raise ValueError for the wrong number."""
        if len(parameters) != self.blanks:
            raise ValueError(f"{self.name} has {self.blanks} blanks, not {len(parameters)}.")
        return _BLANK.sub(lambda blank: parameters[int(blank[1]) - 1], self.body)


JOB_COMPLETED_INVOICE = Template(
    name="job_completed_invoice",
    language="es_AR",
    body=(
        "Hola {{1}}, terminamos el trabajo N.º {{2}}.\n\n"
        "Tu comprobante: {{3}}\nCAE: {{4}}\nTotal: {{5}}\n\n"
        "¡Gracias por confiar en nosotros!"
    ),
)

TEMPLATES: Mapping[str, Template] = {
    template.name: template for template in (JOB_COMPLETED_INVOICE,)
}
