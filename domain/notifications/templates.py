"""The e-mails that people are sent: Spanish texts with named blanks, as plain text and as HTML."""

import re
from collections.abc import Mapping
from dataclasses import dataclass
from html import escape

from domain.errors import InvalidInputError
from domain.transactions import JsonScalar

Data = Mapping[str, JsonScalar]

_BLANK = re.compile(r"\{\{([a-z_]+)\}\}")
_CONTROL = re.compile(r"[\x00-\x1f\x7f]+")
_SIGNATURE = "CampoTech"
_PAGE = """\
<!doctype html>
<html lang="es-AR">
<head>
<meta charset="utf-8">
<meta name="viewport" content="width=device-width, initial-scale=1">
<title>{title}</title>
</head>
<body style="margin:0;background:#f4f4f2;color:#1c1c1a;font:16px/1.5 system-ui,sans-serif">
<div style="max-width:36rem;margin:0 auto;padding:2rem 1.25rem;background:#fff">
{paragraphs}
<p style="margin:2rem 0 0;font-size:13px;color:#6b6b66">{signature}</p>
</div>
</body>
</html>
"""


class UnknownTemplateError(InvalidInputError):
    reason = "UNKNOWN_EMAIL_TEMPLATE"

    def __init__(self, name: str) -> None:
        super().__init__(f"There is no e-mail template {name}.", field="template", template=name)


class TemplateDataError(InvalidInputError):
    """A blank has nothing to fill it, or something fills no blank."""

    reason = "EMAIL_TEMPLATE_DATA"

    def __init__(self, template: str, field: str, problem: str) -> None:
        super().__init__(
            f"The field {field} of the e-mail template {template} {problem}.",
            field=f"data.{field}",
            template=template,
        )


@dataclass(frozen=True, slots=True, kw_only=True)
class EmailText:
    """What a person reads; the text twice, since not every program shows HTML."""

    subject: str
    text: str
    html: str


@dataclass(frozen=True, slots=True, kw_only=True)
class EmailTemplate:
    """A subject and paragraphs whose blanks have names: `Hola, {{member_name}}:`."""

    name: str
    subject: str
    paragraphs: tuple[str, ...]

    @property
    def blanks(self) -> frozenset[str]:
        return frozenset(_BLANK.findall("\n".join((self.subject, *self.paragraphs))))

    def render(self, data: Data) -> EmailText:
        """Return the text with its blanks filled in; raise TemplateDataError."""
        values = self._values(data)
        subject = _CONTROL.sub(" ", _filled(self.subject, values))
        paragraphs = [_filled(paragraph, values) for paragraph in self.paragraphs]
        return EmailText(
            subject=subject,
            text="\n\n".join((*paragraphs, f"-- \n{_SIGNATURE}")) + "\n",
            html=_PAGE.format(
                title=escape(subject),
                paragraphs="\n".join(
                    f"<p>{escape(paragraph).replace(chr(10), '<br>')}</p>"
                    for paragraph in paragraphs
                ),
                signature=_SIGNATURE,
            ),
        )

    def _values(self, data: Data) -> Mapping[str, str]:
        for field in sorted(data.keys() ^ self.blanks):
            problem = "is unknown" if field in data else "is missing"
            raise TemplateDataError(self.name, field, problem)
        for field, value in data.items():
            if isinstance(value, bool) or not isinstance(value, str | int):
                raise TemplateDataError(self.name, field, "is neither a text nor a whole number")
        return {field: str(value) for field, value in data.items()}


def _filled(text: str, values: Mapping[str, str]) -> str:
    return _BLANK.sub(lambda blank: values[blank[1]], text)


JOB_ASSIGNED = EmailTemplate(
    name="job_assigned",
    subject="Tenés un trabajo nuevo: N.º {{job_number}}",
    paragraphs=(
        "Hola, {{member_name}}:",
        "Te asignaron el trabajo N.º {{job_number}}.",
        "Cliente: {{customer_name}}\nDirección: {{address}}\nHorario: {{schedule}}",
        "Los detalles están en la aplicación.",
    ),
)

INVOICE_FAILED = EmailTemplate(
    name="invoice_failed",
    subject="No se pudo autorizar la factura del trabajo N.º {{job_number}}",
    paragraphs=(
        "Hola, {{member_name}}:",
        "ARCA rechazó la factura del trabajo N.º {{job_number}} de {{customer_name}}.",
        "Motivo: {{reason}}",
        "Corregí los datos y volvé a emitirla desde la aplicación: no se reintenta sola.",
    ),
)

INVOICE_READY = EmailTemplate(
    name="invoice_ready",
    subject="Tu comprobante de {{organization_name}}",
    paragraphs=(
        "Hola, {{customer_name}}:",
        "{{organization_name}} terminó el trabajo N.º {{job_number}}.",
        "Comprobante: {{comprobante}}\nCAE: {{cae}}\nTotal: {{total}}",
        "¡Gracias por confiar en nosotros!",
    ),
)

TEMPLATES: Mapping[str, EmailTemplate] = {
    template.name: template for template in (JOB_ASSIGNED, INVOICE_FAILED, INVOICE_READY)
}


def email_template(name: str) -> EmailTemplate:
    """Return a template; raise UnknownTemplateError."""
    template = TEMPLATES.get(name)
    if template is None:
        raise UnknownTemplateError(name)
    return template
