from datetime import UTC, datetime

import pytest

from sandbox.arca.login_request import LoginRefusedError, LoginRequest

TEMPLATE = (
    "<loginTicketRequest><header><uniqueId>1</uniqueId><generationTime>{0}</generationTime>"
    "<expirationTime>{0}</expirationTime></header><service>wsfe</service></loginTicketRequest>"
)


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("2026-11-22T10:00:00-03:00", datetime(2026, 11, 22, 13, tzinfo=UTC)),
        ("2026-11-22T13:00:00Z", datetime(2026, 11, 22, 13, tzinfo=UTC)),
        ("2026-11-22T13:00:00.500+00:00", datetime(2026, 11, 22, 13, 0, 0, 500_000, tzinfo=UTC)),
        ("2026-11-22T10:00:00", datetime(2026, 11, 22, 13, tzinfo=UTC)),
    ],
)
def test_a_time_without_an_offset_is_argentine(text: str, expected: datetime) -> None:
    request = LoginRequest.read(TEMPLATE.format(text).encode())

    assert request.generated_at == expected


@pytest.mark.parametrize("text", ["2026-02-30T10:00:00", "2026-11-22", "now", "20261122T100000"])
def test_what_is_no_time_does_not_fit_the_schema(text: str) -> None:
    with pytest.raises(LoginRefusedError, match=r"xml\.bad"):
        LoginRequest.read(TEMPLATE.format(text).encode())


def test_a_file_of_the_machine_cannot_be_read_through_an_entity() -> None:
    document = '<!DOCTYPE x [<!ENTITY file SYSTEM "file:///etc/hostname">]>' + TEMPLATE.format(
        "2026-11-22T10:00:00Z"
    ).replace("wsfe", "&file;")

    with pytest.raises(LoginRefusedError, match=r"xml\.bad"):
        LoginRequest.read(document.encode())
