"""The states of a job's day, and which step leads from which to which."""

from collections.abc import Mapping
from dataclasses import dataclass
from enum import StrEnum

from domain.errors import PreconditionError


class JobState(StrEnum):
    PENDING = "PENDING"
    ASSIGNED = "ASSIGNED"
    EN_ROUTE = "EN_ROUTE"
    ARRIVED = "ARRIVED"
    IN_PROGRESS = "IN_PROGRESS"
    PAUSED = "PAUSED"
    COMPLETED = "COMPLETED"
    CANCELLED = "CANCELLED"


CLOSED_STATES = frozenset({JobState.COMPLETED, JobState.CANCELLED})
OPEN_STATES = frozenset(JobState) - CLOSED_STATES
TAKEN_STATES = OPEN_STATES - {JobState.PENDING}
"""In which a job takes the time of its technician."""


class JobStep(StrEnum):
    """What moves a job, by the name that callers know it by."""

    ASSIGN = "AssignJob"
    UNASSIGN = "UnassignJob"
    START_TRAVEL = "StartTravel"
    ARRIVE = "ArriveAtJob"
    START = "StartJob"
    PAUSE = "PauseJob"
    RESUME = "ResumeJob"
    COMPLETE = "CompleteJob"
    CANCEL = "CancelJob"


@dataclass(frozen=True, slots=True)
class Passage:
    """From which states a step leads, and to which."""

    leaves: frozenset[JobState]
    reaches: JobState


PASSAGES: Mapping[JobStep, Passage] = {
    JobStep.ASSIGN: Passage(
        # Again while ASSIGNED: somebody else may be chosen until the technician has left.
        frozenset({JobState.PENDING, JobState.ASSIGNED}),
        JobState.ASSIGNED,
    ),
    JobStep.UNASSIGN: Passage(frozenset({JobState.ASSIGNED}), JobState.PENDING),
    JobStep.START_TRAVEL: Passage(frozenset({JobState.ASSIGNED}), JobState.EN_ROUTE),
    JobStep.ARRIVE: Passage(frozenset({JobState.EN_ROUTE}), JobState.ARRIVED),
    JobStep.START: Passage(frozenset({JobState.ARRIVED}), JobState.IN_PROGRESS),
    JobStep.PAUSE: Passage(frozenset({JobState.IN_PROGRESS}), JobState.PAUSED),
    JobStep.RESUME: Passage(frozenset({JobState.PAUSED}), JobState.IN_PROGRESS),
    JobStep.COMPLETE: Passage(
        frozenset({JobState.IN_PROGRESS, JobState.PAUSED}), JobState.COMPLETED
    ),
    JobStep.CANCEL: Passage(OPEN_STATES, JobState.CANCELLED),
}


class TransitionRefusedError(PreconditionError):
    reason = "JOB_TRANSITION_REFUSED"

    def __init__(self, current: JobState, step: JobStep) -> None:
        wanted = PASSAGES[step].reaches
        super().__init__(
            f"{step} does not lead from {current} to {wanted}.",
            step=step,
            current_state=current,
            wanted_state=wanted,
        )


def state_after(step: JobStep, current: JobState) -> JobState:
    """Return the state a step leads to; raise TransitionRefusedError where it leads nowhere."""
    passage = PASSAGES[step]
    if current not in passage.leaves:
        raise TransitionRefusedError(current, step)
    return passage.reaches
