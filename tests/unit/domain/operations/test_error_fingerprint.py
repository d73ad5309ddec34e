import pytest

from domain.operations.error_fingerprint import error_fingerprint

ERROR = "JOB_NOT_COMPLETED: The job 0190a1b2-0000-7000-8000-000000000001 is open since 12:30."


@pytest.mark.parametrize(
    "same",
    [
        ERROR,
        ERROR.replace("0190a1b2", "0190ffff"),
        ERROR.replace("12:30", "9:05:01"),
    ],
)
def test_what_varies_from_task_to_task_makes_no_difference(same: str) -> None:
    assert error_fingerprint("invoice:generate", same) == (
        error_fingerprint("invoice:generate", ERROR)
    )


@pytest.mark.parametrize(
    ("kind", "other"),
    [
        ("whatsapp:send", ERROR),
        ("invoice:generate", ERROR.replace("JOB_NOT_COMPLETED", "JOB_NOT_FOUND")),
        ("invoice:generate", ERROR.replace("open", "cancelled")),
        ("invoice:generate", "HTTP_500: Away."),
    ],
)
def test_another_type_reason_or_text_is_another_cause(kind: str, other: str) -> None:
    assert error_fingerprint(kind, other) != error_fingerprint("invoice:generate", ERROR)


def test_a_reason_counts_even_if_it_holds_a_number() -> None:
    assert error_fingerprint("a:b", "HTTP_500: Away.") != error_fingerprint(
        "a:b", "HTTP_502: Away."
    )


def test_a_fingerprint_is_the_same_tomorrow() -> None:
    assert error_fingerprint("a:b", "ValueError: x") == "c036b0e36df0964f"
