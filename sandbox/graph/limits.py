"""How much a number may send, and when it may write freely to a user."""

from collections import OrderedDict, deque
from datetime import datetime, timedelta

from sandbox.behaviour import Controls
from sandbox.graph.errors import GraphError

SERVICE_WINDOW = timedelta(hours=24)
_PAIR_INTERVAL = timedelta(seconds=6)
_PAIR_BURST = 45
_REMEMBERED = 100_000

Pair = tuple[str, str]


class SendingLimits:
    """Forgets the users heard of longest ago when it knows too many."""

    def __init__(self, controls: Controls) -> None:
        self._controls = controls
        self._sent: dict[str, deque[datetime]] = {}
        self._pair_due: OrderedDict[Pair, datetime] = OrderedDict()
        self._heard: OrderedDict[Pair, datetime] = OrderedDict()

    def heard_from(self, pair: Pair, now: datetime) -> None:
        _remember(self._heard, pair, now)

    def check_window(self, pair: Pair, now: datetime) -> None:
        """Raise GraphError unless the user wrote within the last 24 hours."""
        if not self._controls.whatsapp.window_enforced:
            return
        heard = self._heard.get(pair)
        if heard is None or now - heard > SERVICE_WINDOW:
            raise GraphError(
                131047,
                "Message failed to send because more than 24 hours have passed since the customer "
                "last replied to this number.",
            )

    def take(self, pair: Pair, now: datetime) -> None:
        """Count a message; raise GraphError over a limit that is switched on."""
        self._take_throughput(pair[0], now)
        if self._controls.whatsapp.pair_rate_limited:
            self._take_pair(pair, now)

    def reset(self) -> None:
        self._sent.clear()
        self._pair_due.clear()
        self._heard.clear()

    def _take_throughput(self, number: str, now: datetime) -> None:
        most = self._controls.whatsapp.messages_per_second
        if most is None:
            return
        sent = self._sent.setdefault(number, deque())
        while sent and now - sent[0] >= timedelta(seconds=1):
            sent.popleft()
        if len(sent) >= most:
            raise GraphError(130429, "Cloud API message throughput has been reached.")
        sent.append(now)

    def _take_pair(self, pair: Pair, now: datetime) -> None:
        # A burst borrows from the future, so what counts is when the debt would be paid.
        due = max(self._pair_due.get(pair, now), now)
        if due - now >= _PAIR_INTERVAL * _PAIR_BURST:
            raise GraphError(131056, "Too many messages sent to this phone number.")
        _remember(self._pair_due, pair, due + _PAIR_INTERVAL)


def _remember(times: OrderedDict[Pair, datetime], pair: Pair, moment: datetime) -> None:
    times[pair] = moment
    times.move_to_end(pair)
    if len(times) > _REMEMBERED:
        times.popitem(last=False)
