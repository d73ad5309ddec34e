"""What the ledger needs of a broker: Dramatiq's own, filled in bulk and asked what it remembers."""

from abc import abstractmethod
from collections.abc import Iterable, Sequence

import structlog
from dramatiq import Broker, Message
from prometheus_client import Counter

from domain.errors import TemporaryError
from domain.operations.task_type import Tier

_UNREADABLE = Counter(
    "campotech_unreadable_messages", "Messages that were put aside because nobody can read them."
)
_log = structlog.get_logger(__name__)


class BrokerUnavailableError(TemporaryError):
    reason = "BROKER_UNAVAILABLE"

    def __init__(self) -> None:
        super().__init__("The task broker does not answer right now.", retry_after_seconds=1.0)


class TaskBroker(Broker):
    """A broker of Dramatiq's with one queue per tier. Its own methods raise BrokerUnavailableError.

    No middleware: retries, time limits and results are the ledger's business. No delay queues:
    what is not due waits in Postgres. A message that nobody can read goes to the dead letters
    instead of stopping the queue.
    """

    @abstractmethod
    def length(self, tier: Tier) -> int:
        """Return how many messages wait; those that a worker has fetched are not among them."""

    @abstractmethod
    def enqueue_all(self, messages: Iterable[Message[None]]) -> None:
        """Enqueue many messages; if it fails, any number of them may have been."""

    @abstractmethod
    def enqueue_first(self, messages: Sequence[Message[None]]) -> None:
        """Enqueue messages whose turn had come: ahead of all others, if the broker knows how."""

    @abstractmethod
    def has_forgotten(self) -> bool:
        """Return whether the broker lost what it had since somebody last asked, and remember."""

    @abstractmethod
    def disconnect(self) -> None:
        """Close the connections that the broker itself opened."""


def report_unreadable(queue_name: str) -> None:
    """Count and log a message that was put aside."""
    _UNREADABLE.inc()
    _log.warning("message_unreadable", queue=queue_name)
