"""One of Dramatiq's queues in Redis, and what this process has fetched from it."""

from collections.abc import Sequence

import redis
from dramatiq.brokers.redis import RedisBroker

# What Dramatiq's own script does for one message: a message that it no longer counts among those
# of this process has been given to another, and must keep its text.
_ACKNOWLEDGE = """
for _, id in ipairs(ARGV) do
  if redis.call("srem", KEYS[1], id) > 0 then redis.call("hdel", KEYS[2], id) end
end
"""

# To the head, in their order; Dramatiq's own script takes the tail.
_PUT_BACK = """
for place = #ARGV, 1, -1 do
  if redis.call("srem", KEYS[1], ARGV[place]) > 0
      and redis.call("hexists", KEYS[2], ARGV[place]) > 0 then
    redis.call("lpush", KEYS[3], ARGV[place])
  end
end
"""


class RedisQueue:
    """The queue's list of numbers, the texts of its messages, and the set of those in our hands.

    Every method raises RedisError.
    """

    def __init__(self, broker: RedisBroker, name: str) -> None:
        self.name = name
        self._broker = broker
        self._client: redis.Redis = broker.client
        self._waiting = f"{broker.namespace}:{name}"
        self._texts = f"{self._waiting}.msgs"
        self._fetched = f"{broker.namespace}:__acks__.{broker.broker_id}.{name}"
        self._acknowledge = self._client.register_script(_ACKNOWLEDGE)
        self._put_back = self._client.register_script(_PUT_BACK)

    def fetch(self, at_most: int) -> Sequence[bytes | None]:
        """Take messages from the head; return their texts, None for one that has lost its own."""
        texts: Sequence[bytes | None] = self._broker.do_fetch(self.name, at_most)
        return texts

    def wait(self, seconds: float) -> None:
        """Return when there is something to fetch, or after this time."""
        # Moves the head to where it is: Redis has no other way to wait without taking.
        where = self._waiting
        self._client.blmove(where, where, seconds, "LEFT", "LEFT")  # type: ignore[arg-type]  # fractions of a second are taken too

    def acknowledge(self, numbers: Sequence[str]) -> None:
        """Forget fetched messages for good."""
        self._acknowledge(keys=[self._fetched, self._texts], args=numbers)

    def put_back(self, numbers: Sequence[str]) -> None:
        """Return fetched messages to the head of the queue."""
        if numbers:
            self._put_back(keys=[self._fetched, self._texts, self._waiting], args=numbers)

    def refuse(self, number: str) -> None:
        """Move a fetched message to the dead letters."""
        self._broker.do_nack(self.name, number)

    def put_aside(self, text: bytes) -> None:
        """Do the same to one that does not tell its number."""
        for number in self._client.smembers(self._fetched):
            if self._client.hget(self._texts, number) == text:
                self._broker.do_nack(self.name, number)
