"""The steps of a job's day, as calls that all look alike."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

from campotech.jobs.v1 import jobs_pb2
from campotech.jobs.v1.job_pb2 import Job
from tests.support.rpc import Caller


@dataclass(frozen=True, slots=True)
class JobStep:
    """A method that moves a job from one state to the next."""

    method: str
    leaves: "Job.State.ValueType"
    reaches: "Job.State.ValueType"
    needs: Mapping[str, Any] = field(default_factory=dict)
    """What its request needs besides the name."""

    async def take(self, caller: Caller, name: str, **particular: Any) -> Job:
        """Move a job and return it."""
        make_request = getattr(jobs_pb2, f"{self.method}Request")
        request = make_request(name=name, **{**self.needs, **particular})
        answer = await getattr(caller.jobs, self.method)(request)
        assert isinstance(answer.job, Job)
        return answer.job


ASSIGN = JobStep("AssignJob", Job.STATE_PENDING, Job.STATE_ASSIGNED)
TRAVEL = JobStep("StartTravel", Job.STATE_ASSIGNED, Job.STATE_EN_ROUTE)
ARRIVE = JobStep("ArriveAtJob", Job.STATE_EN_ROUTE, Job.STATE_ARRIVED)
START = JobStep("StartJob", Job.STATE_ARRIVED, Job.STATE_IN_PROGRESS)
COMPLETE = JobStep(
    "CompleteJob",
    Job.STATE_IN_PROGRESS,
    Job.STATE_COMPLETED,
    {"work_summary": "Cambié el cuerito."},
)
CANCEL = JobStep(
    "CancelJob",
    Job.STATE_ARRIVED,
    Job.STATE_CANCELLED,
    {"reason": Job.CANCEL_REASON_CUSTOMER_REQUEST},
)

PAUSE = JobStep(
    "PauseJob",
    Job.STATE_IN_PROGRESS,
    Job.STATE_PAUSED,
    {"reason": Job.PAUSE_REASON_WAITING_FOR_PARTS},
)
RESUME = JobStep("ResumeJob", Job.STATE_PAUSED, Job.STATE_IN_PROGRESS)

STRAIGHT_DAY = (TRAVEL, ARRIVE, START, COMPLETE)
TECHNICIANS_STEPS = (*STRAIGHT_DAY, PAUSE, RESUME)
STEPS = (ASSIGN, *TECHNICIANS_STEPS, CANCEL)
