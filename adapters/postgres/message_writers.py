"""Who writes to a business over WhatsApp: customers it has, or has from now on."""

import re
from collections.abc import Mapping, Sequence

from adapters.postgres.directory_rows import CUSTOMER_COLUMNS, customer_parameters
from adapters.postgres.pools import Connection
from domain.directory.customer import Customer
from domain.identifiers import CustomerId, IdSource, OrganizationId, birth_time
from domain.messaging.ports import Writer
from domain.messaging.whatsapp_events import Sender

# By WhatsApp's id, else by number: of several the one with whom the last message was exchanged.
_KNOWN = """
SELECT place, COALESCE(named.customer_id, called.id)
FROM unnest(%(user_ids)s::text[], %(phone_numbers)s::text[], %(other_forms)s::text[])
  WITH ORDINALITY AS wanted (user_id, phone_number, other_form, place)
LEFT JOIN whatsapp_users AS named
  ON named.organization_id = %(organization_id)s AND named.user_id = wanted.user_id
LEFT JOIN LATERAL (
  SELECT customer.id FROM customers AS customer
  LEFT JOIN whatsapp_conversations AS conversation
    ON conversation.organization_id = customer.organization_id
    AND conversation.customer_id = customer.id
  WHERE customer.organization_id = %(organization_id)s AND wanted.phone_number <> ''
    AND customer.phone_number IN (wanted.phone_number, wanted.other_form)
  ORDER BY conversation.last_message_id DESC NULLS LAST, customer.id DESC LIMIT 1
) AS called ON true
WHERE COALESCE(named.customer_id, called.id) IS NOT NULL
"""
# Held until the commit: two deliveries may bring the first messages of the same person.
_LOCK = "SELECT pg_advisory_xact_lock(hashtextextended(%(key)s, 0))"
_ADD_CUSTOMER = (
    f"INSERT INTO customers ({CUSTOMER_COLUMNS}) VALUES"
    f" ({', '.join(f'%({name.strip()})s' for name in CUSTOMER_COLUMNS.split(','))})"
)
_REMEMBER = """
INSERT INTO whatsapp_users (organization_id, user_id, customer_id)
SELECT %(organization_id)s, user_id, customer_id
FROM unnest(%(user_ids)s::text[], %(customer_ids)s::uuid[]) AS known (user_id, customer_id)
ORDER BY user_id ON CONFLICT DO NOTHING
"""
# In one order, as each is locked until the commit.
_GIVE_NUMBERS = """
WITH without AS (
  SELECT id FROM customers
  WHERE organization_id = %(organization_id)s AND id = ANY(%(customer_ids)s::uuid[])
    AND phone_number = ''
  ORDER BY id FOR NO KEY UPDATE
)
UPDATE customers AS customer
SET phone_number = shown.phone_number, version = version + 1, updated_at = clock_timestamp()
FROM unnest(%(customer_ids)s::uuid[], %(phone_numbers)s::text[]) AS shown (id, phone_number)
JOIN without USING (id)
WHERE customer.organization_id = %(organization_id)s AND customer.id = shown.id
RETURNING customer.id
"""
_ARGENTINE_MOBILE = re.compile(r"\+549(\d{10})")


class MessageWriters:
    """The customers of one organisation, as one transaction finds and adds them."""

    def __init__(
        self, connection: Connection, organization_id: OrganizationId, ids: IdSource
    ) -> None:
        self._connection = connection
        self._organization_id = organization_id
        self._ids = ids

    async def known_or_new(self, senders: Sequence[Sender]) -> Sequence[Writer]:
        """Return who each sender is."""
        distinct = list(dict.fromkeys(senders))
        known = dict(await self._known(distinct))
        new: set[Sender] = set()
        # One after the other and always in this order, as each is locked until the commit.
        for sender in sorted((each for each in distinct if each not in known), key=_key):
            known[sender], is_new = await self._first_message_of(sender)
            if is_new:
                new.add(sender)
        await self._remember(known)
        shown = await self._give_numbers(known)
        writers = []
        for sender in senders:
            customer_id = known[sender]
            shows_number = customer_id in shown
            writers.append(Writer(customer_id, is_new=sender in new, shows_number=shows_number))
            new.discard(sender)
            shown.discard(customer_id)
        return writers

    async def _known(self, senders: Sequence[Sender]) -> Mapping[Sender, CustomerId]:
        cursor = await self._connection.execute(
            _KNOWN,
            {
                "organization_id": self._organization_id,
                "user_ids": [sender.user_id for sender in senders],
                "phone_numbers": [sender.phone_number for sender in senders],
                "other_forms": [_other_form(sender.phone_number) for sender in senders],
            },
        )
        rows = await cursor.fetchall()
        return {senders[place - 1]: CustomerId(customer_id) for place, customer_id in rows}

    async def _first_message_of(self, sender: Sender) -> tuple[CustomerId, bool]:
        lock = {"key": f"{self._organization_id} {_key(sender)}"}
        await self._connection.execute(_LOCK, lock)
        by_now = await self._known([sender])
        if by_now:
            return by_now[sender], False
        customer = self._new_customer(sender)
        await self._connection.execute(_ADD_CUSTOMER.encode(), customer_parameters(customer))
        await self._remember({sender: customer.id})
        return customer.id, True

    async def _remember(self, known: Mapping[Sender, CustomerId]) -> None:
        """Note which customer WhatsApp's ids mean."""
        named = {sender: customer for sender, customer in known.items() if sender.user_id}
        if named:
            await self._connection.execute(
                _REMEMBER,
                {
                    "organization_id": self._organization_id,
                    "user_ids": [sender.user_id for sender in named],
                    "customer_ids": list(named.values()),
                },
            )

    async def _give_numbers(self, known: Mapping[Sender, CustomerId]) -> set[CustomerId]:
        """Store the numbers that customers hid until now; return who they are."""
        numbers = {
            customer_id: sender.phone_number
            for sender, customer_id in known.items()
            # Nobody who is known by their number alone is without one.
            if sender.user_id and sender.phone_number
        }
        if not numbers:
            return set()
        cursor = await self._connection.execute(
            _GIVE_NUMBERS,
            {
                "organization_id": self._organization_id,
                "customer_ids": list(numbers),
                "phone_numbers": list(numbers.values()),
            },
        )
        return {CustomerId(row[0]) for row in await cursor.fetchall()}

    def _new_customer(self, sender: Sender) -> Customer:
        customer_id = CustomerId(self._ids.new_id())
        return Customer(
            id=customer_id,
            organization_id=self._organization_id,
            display_name=sender.profile_name or sender.phone_number or sender.user_id,
            phone_number=sender.phone_number,
            created_at=birth_time(customer_id),
            updated_at=birth_time(customer_id),
        )


def _key(sender: Sender) -> str:
    return sender.phone_number or sender.user_id


def _other_form(phone_number: str) -> str:
    """Return how else a number may be written: of Argentine mobiles many leave the 9 out."""
    mobile = _ARGENTINE_MOBILE.fullmatch(phone_number)
    return f"+54{mobile[1]}" if mobile else phone_number
