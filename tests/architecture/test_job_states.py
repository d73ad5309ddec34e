"""The table of states in the contract's comment is the one that the domain goes by."""

import re

from domain.jobs.job_state import PASSAGES
from tests.architecture.contract import comments, contract_files, elements

ROW = re.compile(
    r"^ +(?P<step>\w+) +(?P<leaves>[A-Z_, ]+?) +──▶ (?P<reaches>[A-Z_]+)$", re.MULTILINE
)


def comment_on_states() -> str:
    (file,) = (file for file in contract_files() if file.name == "campotech/jobs/v1/job.proto")
    return next(comments(file)[path] for path, name in elements(file) if name == "State")


def test_the_contract_tells_every_step_as_the_domain_allows_it() -> None:
    told = {
        row["step"]: (frozenset(row["leaves"].split(", ")), row["reaches"])
        for row in ROW.finditer(comment_on_states())
    }

    assert told == {step: (passage.leaves, passage.reaches) for step, passage in PASSAGES.items()}
