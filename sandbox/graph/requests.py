"""The bodies that the Graph API takes, and what it says about bad ones."""

from typing import Annotated, Literal, Self, TypeVar

from pydantic import BaseModel, ConfigDict, Field, ValidationError

from sandbox.graph.errors import GraphError

_LONGEST_TEXT = 4096
_LONGEST_CALLBACK_DATA = 512


class _Body(BaseModel):
    model_config = ConfigDict(frozen=True, extra="ignore")


class TextBody(_Body):
    body: str = Field(min_length=1, max_length=_LONGEST_TEXT)
    preview_url: bool = False


class FallbackValue(_Body):
    fallback_value: str


class Parameter(_Body):
    type: str = "text"
    parameter_name: str | None = None
    text: str | None = None
    currency: FallbackValue | None = None
    date_time: FallbackValue | None = None


class Component(_Body):
    type: str
    parameters: tuple[Parameter, ...] = ()


class Language(_Body):
    code: str


class TemplateBody(_Body):
    name: str
    language: Language
    components: tuple[Component, ...] = ()


class MessageBody(_Body):
    messaging_product: Literal["whatsapp"]
    recipient_type: Literal["individual"] = "individual"
    to: str | None = None
    recipient: str | None = None
    type: str = "text"
    text: TextBody | None = None
    template: TemplateBody | None = None
    biz_opaque_callback_data: str | None = Field(default=None, max_length=_LONGEST_CALLBACK_DATA)
    status: Literal["read"] | None = None
    message_id: str | None = None


class TemplateComponent(_Body):
    type: Literal["HEADER", "BODY", "FOOTER", "BUTTONS"]
    format: str | None = None
    text: str | None = None


class NewTemplate(_Body):
    name: Annotated[str, Field(pattern=r"^[a-z0-9_]{1,512}$")]
    language: Annotated[str, Field(pattern=r"^[a-z]{2,3}(_[A-Z]{2})?$")]
    category: Literal["AUTHENTICATION", "MARKETING", "UTILITY"]
    components: tuple[TemplateComponent, ...]

    def component(self, kind: str) -> TemplateComponent | None:
        return next((one for one in self.components if one.type == kind), None)

    def checked(self) -> Self:
        """Return itself; raise GraphError without a body."""
        body = self.component("BODY")
        if body is None or not body.text:
            raise GraphError(100, "A template needs a component of type BODY with a text.")
        return self


Body = TypeVar("Body", bound=BaseModel)


def parse_body(model: type[Body], content: bytes) -> Body:
    """Read a body; raise GraphError naming the field."""
    try:
        return model.model_validate_json(content)
    except ValidationError as error:
        problem = error.errors(include_url=False)[0]
        place = ".".join(map(str, problem["loc"]))
        raise GraphError(
            _code_of(problem["type"], place), f"{place or 'body'}: {problem['msg']}"
        ) from error


def _code_of(kind: str, place: str) -> int:
    if place in {"", "messaging_product"}:
        return 100
    return 131008 if kind == "missing" else 131009
