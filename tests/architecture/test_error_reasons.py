"""Reasons are API: the contract names those that callers meet, and no others."""

import ast
import re
from collections.abc import Iterator
from functools import cache

import grpc

from server.errors import INTERNAL_REASON
from server.request_rules import INVALID_REASON, REQUIRED_REASON
from server.spanish import BY_REASON
from tests.architecture.contract import contract_files, method_comments
from tests.architecture.repository import ROOT, our_modules, parsed, relative

KINDS = "domain/errors.py"
"""Every kind of refusal has a reason there, under which its subclasses alone are raised."""

MET_BY_TASKS_ALONE = {
    "ARCA_ANSWER_LOST",
    "ARCA_LOGIN_FAILED",
    "ARCA_NOT_CONNECTED",
    "ARCA_OUTCOME_UNKNOWN",
    "ARCA_TICKET_REFUSED",
    "ARCA_UNAVAILABLE",
    "ARCA_UNREACHABLE",
    "BROKER_UNAVAILABLE",
    "CALL_TIMED_OUT",
    "EMAIL_ADDRESS_INVALID",
    "EMAIL_POSTPONED",
    "EMAIL_REFUSED",
    "EMAIL_TEMPLATE_DATA",
    "FISCAL_AUTHORITY_REFUSED",
    "FISCAL_RULE_BROKEN",
    "FISCAL_SERIES_BUSY",
    "FISCAL_SERIES_TAKEN",
    "INVOICE_TRANSITION_REFUSED",
    "MESSAGE_NOT_FOUND",
    "SHARED_STATE_UNAVAILABLE",
    "TASK_KEY_REUSED",
    "TASK_LEASE_LOST",
    "TASK_PARKED",
    "TASK_PAYLOAD_TOO_LARGE",
    "TIME_LIMIT_EXCEEDED",
    "UNKNOWN_EMAIL_TEMPLATE",
    "UNKNOWN_TASK_TYPE",
    "WEBHOOK_NOT_FOUND",
    "WEBHOOK_UNREADABLE",
    "WHATSAPP_LOGIN_REFUSED",
    "WHATSAPP_RATE_LIMITED",
    "WHATSAPP_REFUSED",
}
MET_BY_OPERATORS_ALONE = {"CRON_ENTRY_NOT_FOUND"}
"""What only the command line meets."""

ERRORS = re.compile(r"Errors: (?P<list>.*?)(?:\n\s*\n|\Z)", re.DOTALL)
REASON = re.compile(r"\b[A-Z]+(?:_[A-Z]+)+\b")
ROW = re.compile(r"^\| (?P<code>[A-Z_]+) \| (?P<reasons>[A-Z_, ]+) \|", re.MULTILINE)
CODES = {code.name for code in grpc.StatusCode}


def _values(node: ast.ClassDef) -> Iterator[str]:
    for statement in node.body:
        target = statement.targets[0] if isinstance(statement, ast.Assign) else None
        target = statement.target if isinstance(statement, ast.AnnAssign) else target
        value = getattr(statement, "value", None)
        is_reason = isinstance(target, ast.Name) and target.id == "reason"
        if is_reason and isinstance(value, ast.Constant):
            yield str(value.value)


def _not_found_kinds(node: ast.Call) -> Iterator[str]:
    """Yield the kind of resource that `NotFoundError("job", …)` or a Collection names."""
    place = {"NotFoundError": 0, "Collection": 1}.get(getattr(node.func, "id", ""))
    if place is not None and isinstance(kind := node.args[place], ast.Constant):
        yield f"{str(kind.value).upper()}_NOT_FOUND"


@cache
def reasons_in_code() -> dict[str, set[str]]:
    """Return every reason with the files that raise it."""
    found: dict[str, set[str]] = {
        reason: {"server"} for reason in (INTERNAL_REASON, INVALID_REASON, REQUIRED_REASON)
    }
    for module in our_modules("adapters", "domain", "server"):
        for node in ast.walk(parsed(module)):
            if isinstance(node, ast.ClassDef):
                reasons = _values(node)
            elif isinstance(node, ast.Call):
                reasons = _not_found_kinds(node)
            else:
                continue
            for reason in reasons:
                found.setdefault(reason, set()).add(relative(module))
    return found


def reasons_in_comments() -> dict[str, set[str]]:
    """Return every reason with the methods whose comments name it."""
    states = {
        value.name.removeprefix("STATE_")
        for file in contract_files()
        for message in file.message_type
        for enum in message.enum_type
        for value in enum.value
    }
    found: dict[str, set[str]] = {}
    for method, comment in method_comments().items():
        for section in ERRORS.finditer(comment):
            for word in set(REASON.findall(section["list"])) - CODES - states:
                found.setdefault(word, set()).add(method)
    return found


def reasons_in_readme() -> set[str]:
    rows = ROW.finditer((ROOT / "proto" / "README.md").read_text())
    return {reason for row in rows for reason in row["reasons"].split(", ")}


def test_the_contract_names_no_reason_that_nobody_raises() -> None:
    unknown = {
        reason: methods
        for reason, methods in reasons_in_comments().items()
        if reason not in reasons_in_code()
    }

    assert reasons_in_comments()
    assert unknown == {}


def test_the_page_on_errors_names_no_reason_that_nobody_raises() -> None:
    assert reasons_in_readme()
    assert reasons_in_readme() - reasons_in_code().keys() == set()


def test_every_reason_that_a_caller_may_meet_is_told_by_the_contract() -> None:
    met = {reason for reason, files in reasons_in_code().items() if files != {KINDS}}

    untold = met - MET_BY_TASKS_ALONE - MET_BY_OPERATORS_ALONE
    untold -= reasons_in_comments().keys() | reasons_in_readme()

    assert untold == set()


def test_what_tasks_alone_meet_exists_and_is_told_to_no_caller() -> None:
    told = reasons_in_comments().keys() | reasons_in_readme()

    assert MET_BY_TASKS_ALONE - reasons_in_code().keys() == set()
    assert MET_BY_TASKS_ALONE & told == set()


def test_what_people_read_belongs_to_reasons_that_exist() -> None:
    assert BY_REASON.keys() - reasons_in_code().keys() == set()


def test_a_reason_is_short_and_in_capitals() -> None:
    shape = re.compile(r"[A-Z]+(_[A-Z]+)*")

    assert all(shape.fullmatch(reason) and len(reason) <= 63 for reason in reasons_in_code())
