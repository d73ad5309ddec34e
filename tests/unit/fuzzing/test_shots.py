import pytest
from google.protobuf.message import DecodeError

from domain.commands import Role
from server.errors import InvalidRequestError
from server.request_rules import RequestRules
from tests.architecture.contract import methods
from tests.support.any_method import AnyMethod
from tests.support.fuzzing.given_words import bodies_for
from tests.support.fuzzing.shots import NOBODY, shots_at
from tests.support.fuzzing.vocabulary import Vocabulary

RULES = RequestRules()
GET_JOB = AnyMethod("campotech.jobs.v1.JobService.GetJob")
OURS = "jobs/01890000-0000-7000-8000-000000000001"
WORDS = Vocabulary(
    ours={
        "arcaConnection": ["arcaConnection"],
        "jobs": [OURS],
        "proofs": [f"{OURS}/proofs/01890000-0000-7000-8000-000000000002"],
        "whatsAppConnection": ["whatsAppConnection"],
    },
    theirs={},
    page_tokens=["token"],
    request_ids=["0f6b9a52-8f0f-4f2e-9d27-0d3c5a0b9a11"],
    bodies=list(bodies_for("12345")),
    secrets={},
)


def is_sound(method: AnyMethod, content: bytes) -> bool:
    try:
        RULES.check(method.parsed(content))
    except (DecodeError, InvalidRequestError):
        return False
    return True


def test_a_seed_brings_the_same_requests_and_another_one_others() -> None:
    first = shots_at(GET_JOB, WORDS, count=50, seed=1)

    assert shots_at(GET_JOB, WORDS, count=50, seed=1) == first
    assert shots_at(GET_JOB, WORDS, count=50, seed=2) != first


def test_most_requests_come_from_somebody_who_may_call_and_name_what_is_there() -> None:
    shots = shots_at(GET_JOB, WORDS, count=400, seed=1)

    senders = {shot.sender for shot in shots}
    assert {*Role, NOBODY} <= senders
    assert sum(OURS.encode() in shot.contents[0] for shot in shots) > 200


@pytest.mark.parametrize("full_name", [method.full_name for method in methods()])
def test_some_requests_for_a_method_keep_the_contracts_rules_and_some_are_broken(
    full_name: str,
) -> None:
    method = AnyMethod(full_name)

    shots = shots_at(method, WORDS, count=100, seed=1)

    sound = [shot for shot in shots if is_sound(method, shot.contents[0])]
    assert len(shots) // 10 < len(sound) < len(shots)
