"""What the Graph API tells of a phone number: the fields that are asked for."""

from starlette.requests import Request

from sandbox.graph.errors import GraphError

_FIELDS = {
    "display_phone_number": "+54 9 11 5555-0100",
    "quality_rating": "GREEN",
    "verified_name": "Empresa de prueba",
}


def described_number(request: Request) -> dict[str, str]:
    """Return a number as it is asked for; any digits are the id of one."""
    number = str(request.path_params["object_id"])
    if not (number.isascii() and number.isdigit()):
        raise GraphError(100, "Object with this ID does not exist.")
    asked = request.query_params.get("fields")
    names = set(asked.split(",") if asked else _FIELDS) - {"id"}
    if names - _FIELDS.keys():
        raise GraphError(100, f"Tried accessing nonexisting field ({min(names - _FIELDS.keys())}).")
    return {"id": number, **{name: _FIELDS[name] for name in sorted(names)}}
