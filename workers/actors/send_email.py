"""`notification:email`: tell one person something by e-mail."""

from domain.clock import Clock
from domain.errors import InvalidInputError
from domain.identifiers import MemberId
from domain.notifications.ports import EmailSender, NotificationStore
from domain.notifications.templates import Data
from domain.notifications.use_cases.send_email import SendEmail
from domain.notifications.use_cases.send_email import send_email as send
from workers.task_run import Handler, TaskRun


def send_email(store: NotificationStore, sender: EmailSender, clock: Clock) -> Handler:
    """Return the handler; its payload is `user_id` or `address`, `template` and `data`."""

    async def handle(run: TaskRun) -> None:
        command = SendEmail(
            template=str(run.payload["template"]),
            data=_data(run),
            member_id=MemberId(run.id_of("user_id")) if "user_id" in run.payload else None,
            address=str(run.payload.get("address", "")),
        )
        await send(store, sender, clock, context=run.context, command=command)

    return handle


def _data(run: TaskRun) -> Data:
    data = run.payload.get("data", {})
    if isinstance(data, str | int | float | bool | None):
        raise InvalidInputError("The data of an e-mail are fields by name.", field="payload.data")
    return data
