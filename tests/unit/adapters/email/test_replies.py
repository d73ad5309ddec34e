import pytest

from adapters.email.replies import error_of
from domain.errors import DomainError, TemporaryError
from domain.notifications.ports import EmailPostponedError, EmailRefusedError


@pytest.mark.parametrize(
    ("code", "text", "expected"),
    [
        (421, "4.7.0 Too many connections", EmailPostponedError),
        (421, "Service closing", EmailPostponedError),
        (451, "4.7.1 Greylisted", EmailPostponedError),
        (451, "Local error", EmailPostponedError),
        (450, "4.7.1 Slow down", EmailPostponedError),
        (452, "4.2.2 Mailbox full", TemporaryError),
        (450, "Mailbox busy", TemporaryError),
        (550, "5.1.1 No such user", EmailRefusedError),
        (554, "5.7.1 Looks like spam", EmailRefusedError),
        (552, "Too large", EmailRefusedError),
    ],
)
def test_each_reply_is_an_error_of_its_kind(
    code: int, text: str, expected: type[DomainError]
) -> None:
    assert type(error_of(code, text)) is expected


def test_a_refusal_keeps_the_relays_code() -> None:
    refusal = error_of(550, "5.1.1 No such user")

    assert isinstance(refusal, EmailRefusedError)
    assert refusal.code == "550"
    assert "No such user" in str(refusal)


@pytest.mark.parametrize("code", [421, 450, 550])
def test_addresses_in_a_reply_go_no_further(code: int) -> None:
    error = error_of(code, "<ana@example.com>: Recipient address rejected\nana@example.com")

    assert "example" not in f"{error} {error.metadata}"
    assert "(address)" in str(error)
