from uuid import UUID

import pytest

from cli.tasks.target import Target, TaskNameError

ORGANIZATION = UUID("019b796d-d600-7000-8000-000000000001")
TASK = "019b796d-d600-7000-8000-0000000000aa"


@pytest.mark.parametrize(
    ("organization", "text", "name"),
    [
        (None, TASK, f"tasks/{TASK}"),
        (ORGANIZATION, TASK, f"organizations/{ORGANIZATION}/tasks/{TASK}"),
        (ORGANIZATION, f"tasks/{TASK}", f"tasks/{TASK}"),
        (
            None,
            f"organizations/{ORGANIZATION}/tasks/{TASK}",
            f"organizations/{ORGANIZATION}/tasks/{TASK}",
        ),
    ],
)
def test_a_task_is_named_by_its_id_or_its_name(
    organization: UUID | None, text: str, name: str
) -> None:
    assert Target(organization=organization).name_of(text) == name


@pytest.mark.parametrize("text", ["", "7", f"jobs/{TASK}", f"{TASK}/", TASK.upper()])
def test_anything_else_names_no_task(text: str) -> None:
    with pytest.raises(TaskNameError):
        Target().name_of(text)
