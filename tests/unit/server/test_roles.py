import re

import pytest
from google.protobuf.descriptor import MethodDescriptor

from domain.commands import Role
from server.roles import METHOD_ROLES, PUBLIC_METHODS
from tests.architecture.contract import method_comments, methods

CALLERS = re.compile(r"Callers: ([^.]+)\.")
WORDS = {
    "owner": Role.OWNER,
    "dispatcher": Role.DISPATCHER,
    "technician": Role.TECHNICIAN,
    "admins": Role.ADMIN,
}


def path_of(method: MethodDescriptor) -> str:
    return f"/{method.containing_service.full_name}/{method.name}"


def described_callers(method: MethodDescriptor) -> str:
    (callers,) = CALLERS.findall(" ".join(method_comments()[method.full_name].split()))
    return str(callers)


def test_every_method_of_the_contract_has_a_rule() -> None:
    without = {path_of(method) for method in methods()} - METHOD_ROLES.keys() - PUBLIC_METHODS

    assert not without


def test_every_rule_is_for_a_method_that_exists() -> None:
    ours = {path for path in {*METHOD_ROLES, *PUBLIC_METHODS} if path.startswith("/campotech.")}

    assert ours == {path_of(method) for method in methods()}


def test_no_method_is_both_for_anybody_and_for_some() -> None:
    assert not METHOD_ROLES.keys() & PUBLIC_METHODS


@pytest.mark.parametrize("method", methods(), ids=lambda method: str(method.full_name))
def test_a_method_may_be_called_by_those_whom_the_contract_names(method: MethodDescriptor) -> None:
    described = described_callers(method)

    if path_of(method) in PUBLIC_METHODS:
        assert described == "anybody, without a token"
    else:
        named = {role for word, role in WORDS.items() if re.search(rf"\b{word}\b", described)}
        assert METHOD_ROLES[path_of(method)] == named
