import pytest

from sandbox.graph.errors import GraphError
from sandbox.graph.requests import NewTemplate, TemplateBody
from sandbox.graph.templates import Template, TemplateStatus


def a_template(body: str, header: dict[str, str] | None = None) -> Template:
    components = [{"type": "BODY", "text": body}]
    if header is not None:
        components.insert(0, {"type": "HEADER", **header})
    content = NewTemplate.model_validate(
        {"name": "any", "language": "es_AR", "category": "UTILITY", "components": components}
    )
    return Template(id="1", status=TemplateStatus.APPROVED, content=content)


def sent(
    body: list[dict[str, object]], header: list[dict[str, object]] | None = None
) -> TemplateBody:
    components = [{"type": "body", "parameters": body}]
    if header is not None:
        components.append({"type": "header", "parameters": header})
    return TemplateBody.model_validate(
        {"name": "any", "language": {"code": "es_AR"}, "components": components}
    )


def text(value: str) -> dict[str, object]:
    return {"type": "text", "text": value}


def test_placeholders_are_filled_by_their_number() -> None:
    template = a_template("{{2}} y {{1}}, {{2}}")

    assert template.render(sent([text("uno"), text("dos")])) == "dos y uno, dos"


def test_placeholders_can_have_names() -> None:
    template = a_template("Hola {{name}}")
    parameter: dict[str, object] = {"type": "text", "parameter_name": "name", "text": "Ana"}

    assert template.render(sent([parameter])) == "Hola Ana"


def test_a_value_that_looks_like_a_placeholder_stays_as_it_is() -> None:
    template = a_template("{{1}} {{2}}")

    assert template.render(sent([text("{{2}}"), text("x")])) == "{{2}} x"


def test_money_is_shown_by_its_fallback() -> None:
    template = a_template("Total {{1}}")
    money: dict[str, object] = {
        "type": "currency",
        "currency": {"fallback_value": "$ 10", "code": "ARS", "amount_1000": 10000},
    }

    assert template.render(sent([money])) == "Total $ 10"


def test_a_document_in_the_header_is_demanded() -> None:
    template = a_template("Tu factura", header={"format": "DOCUMENT"})
    document: dict[str, object] = {"type": "document", "document": {"link": "https://x/f.pdf"}}

    assert template.render(sent([], [document])) == "[document]\n\nTu factura"
    with pytest.raises(GraphError, match="132012"):
        template.render(sent([]))


@pytest.mark.parametrize("value", ["two\nlines", "a\ttab", "five     spaces"])
def test_values_stay_on_one_line(value: str) -> None:
    with pytest.raises(GraphError, match="132012"):
        a_template("{{1}}").render(sent([text(value)]))
