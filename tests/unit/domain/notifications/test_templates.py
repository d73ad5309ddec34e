"""Templates say what is missing, and let nobody write HTML or headers through a blank."""

import pytest

from domain.notifications.templates import (
    TEMPLATES,
    EmailTemplate,
    TemplateDataError,
    UnknownTemplateError,
    email_template,
)
from domain.transactions import JsonScalar

GREETING = EmailTemplate(
    name="greeting",
    subject="Hola, {{name}}",
    paragraphs=("{{name}} tiene {{count}} trabajos.", "Uno\nDos"),
)


def test_blanks_are_filled_in_subject_and_text() -> None:
    written = GREETING.render({"name": "Ana", "count": 2})

    assert written.subject == "Hola, Ana"
    assert written.text.startswith("Ana tiene 2 trabajos.\n\nUno\nDos\n\n-- \n")
    assert "<p>Ana tiene 2 trabajos.</p>\n<p>Uno<br>Dos</p>" in written.html


def test_what_fills_a_blank_is_text_in_html_too() -> None:
    written = GREETING.render({"name": '<img src="x" onerror="y">', "count": 2})

    assert "<img" not in written.html
    assert "&lt;img src=&quot;x&quot;" in written.html
    assert '<img src="x"' in written.text


def test_what_fills_a_blank_is_not_filled_again() -> None:
    written = GREETING.render({"name": "{{count}}", "count": 2})

    assert written.subject == "Hola, {{count}}"


def test_a_subject_has_one_line() -> None:
    written = GREETING.render({"name": "Ana\r\nBcc: everybody@example.com", "count": 2})

    assert written.subject == "Hola, Ana Bcc: everybody@example.com"


@pytest.mark.parametrize(
    ("data", "field"),
    [
        ({"name": "Ana"}, "data.count"),
        ({"name": "Ana", "count": 2, "more": "x"}, "data.more"),
        ({"name": "Ana", "count": None}, "data.count"),
        ({"name": "Ana", "count": True}, "data.count"),
        ({"name": "Ana", "count": 0.5}, "data.count"),
    ],
)
def test_data_that_do_not_fit_are_refused_by_name(data: dict[str, JsonScalar], field: str) -> None:
    with pytest.raises(TemplateDataError) as refusal:
        GREETING.render(data)

    assert (refusal.value.field, refusal.value.metadata["template"]) == (field, "greeting")


def test_an_unknown_template_is_refused_by_name() -> None:
    with pytest.raises(UnknownTemplateError) as refusal:
        email_template("greeting")

    assert refusal.value.metadata["template"] == "greeting"


@pytest.mark.parametrize("template", TEMPLATES.values(), ids=lambda template: template.name)
def test_every_template_can_be_filled(template: EmailTemplate) -> None:
    written = template.render(dict.fromkeys(template.blanks, "(x)"))

    assert email_template(template.name) is template
    assert "{{" not in written.subject + written.text + written.html
    assert all(blank not in written.text for blank in template.blanks)
