from campotech.jobs.v1 import job_pb2, jobs_pb2
from campotech.tracking.v1 import locations_pb2
from campotech.type.v1 import address_pb2
from server.text_fields import TextFields


def test_text_with_the_character_nul_is_found_wherever_it_stands() -> None:
    job = job_pb2.Job(description="\0", service_address=address_pb2.Address(locality="Bal\0vanera"))

    found = TextFields().with_nul_in(jobs_pb2.CreateJobRequest(parent="\0", job=job))

    assert found == ["parent", "job.description", "job.service_address.locality"]


def test_text_in_lists_is_looked_at_too() -> None:
    request = locations_pb2.WatchLocationsRequest(technicians=["members/1", "members/\0"])

    assert TextFields().with_nul_in(request) == ["technicians[1]"]


def test_other_characters_are_nobodys_business() -> None:
    job = job_pb2.Job(description="¿Agua?\n\x01🚿")

    assert TextFields().with_nul_in(jobs_pb2.CreateJobRequest(job=job)) == []
