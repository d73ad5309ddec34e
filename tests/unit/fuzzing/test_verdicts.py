import grpc
import pytest
from google.protobuf.message import Message
from google.rpc import error_details_pb2

from campotech.jobs.v1 import jobs_pb2
from campotech.jobs.v1.job_pb2 import Job
from tests.support.any_method import AnyMethod
from tests.support.fuzzing.shots import Shot
from tests.support.fuzzing.verdicts import Judge, Secrets
from tests.support.fuzzing.volley import Ending
from tests.support.refusals import Refused

METHOD = AnyMethod("campotech.jobs.v1.JobService.GetJob")
FOREIGN = "01890000-0000-7000-8000-00000000000f"
SECRETS = Secrets(
    tables=frozenset({"jobs_pkey", "command_requests"}),
    foreign_ids=frozenset({FOREIGN.encode()}),
    foreign_mark=b"Ajeno",
)
INVALID = grpc.StatusCode.INVALID_ARGUMENT


def a_shot(name: str = "jobs/1") -> Shot:
    return Shot("owner", (jobs_pb2.GetJobRequest(name=name).SerializeToString(),))


def an_answer(description: str) -> bytes:
    return jobs_pb2.GetJobResponse(job=Job(description=description)).SerializeToString()


def a_refusal(
    message: str = "name is wrong.", code: grpc.StatusCode = INVALID, *, field: str = "name"
) -> Refused:
    violation = error_details_pb2.BadRequest.FieldViolation(field=field)
    details: list[Message] = [
        error_details_pb2.ErrorInfo(reason="INVALID_FIELD", domain="campotech.dev"),
        error_details_pb2.LocalizedMessage(locale="es-AR", message="No."),
        error_details_pb2.BadRequest(field_violations=[violation]),
        error_details_pb2.RequestInfo(request_id="1"),
    ]
    return Refused(code, message, details)


def complaints(ending: Ending) -> list[str]:
    return Judge(METHOD, SECRETS, max_message_bytes=1000).complaints(ending)


def test_nothing_is_wrong_with_an_answer_of_ones_own_and_with_a_clear_refusal() -> None:
    assert not complaints(Ending(a_shot(), [an_answer("Propio")]))
    assert not complaints(Ending(a_shot(), [], a_refusal()))


@pytest.mark.parametrize(
    "refusal",
    [
        a_refusal(code=grpc.StatusCode.INTERNAL),
        a_refusal(code=grpc.StatusCode.UNAVAILABLE),
        a_refusal("KeyError: 'name'"),
        a_refusal('File "/srv/server/services/jobs.py", line 3'),
        a_refusal("duplicate key value violates unique constraint"),
        a_refusal("relation command_requests does not exist"),
        a_refusal(f"{FOREIGN} is taken."),
        a_refusal("Ajeno has it."),
        a_refusal(field=""),
        a_refusal(""),
        Refused(INVALID, "name is wrong."),
    ],
    ids=lambda refusal: f"{refusal.code.name}: {refusal.message}",
)
def test_a_refusal_that_says_too_much_or_too_little_is_complained_of(refusal: Refused) -> None:
    assert complaints(Ending(a_shot(), [], refusal))


def test_what_the_caller_said_may_be_said_back() -> None:
    said = f"jobs/{FOREIGN} SELECT"

    assert not complaints(Ending(a_shot(said), [], a_refusal(f"There is no {said}.")))


@pytest.mark.parametrize("told", [FOREIGN, "de Ajeno"])
def test_an_answer_with_anything_of_others_is_complained_of(told: str) -> None:
    assert complaints(Ending(a_shot(), [an_answer(told)]))


def test_an_answer_that_json_cannot_hold_is_complained_of() -> None:
    late = Job()
    late.create_time.seconds = 2**60
    answer = jobs_pb2.GetJobResponse(job=late).SerializeToString()

    assert complaints(Ending(a_shot(), [answer]))


def test_silence_is_complained_of() -> None:
    assert complaints(Ending(a_shot()))
    assert complaints(Ending(a_shot(), [], None, "no answer within 20 s"))


def test_what_grpc_itself_refuses_for_its_size_needs_no_details() -> None:
    refusal = Refused(grpc.StatusCode.RESOURCE_EXHAUSTED, "Received message larger than max")

    assert complaints(Ending(a_shot(), [], refusal))
    assert not complaints(Ending(a_shot("x" * 1001), [], refusal))
