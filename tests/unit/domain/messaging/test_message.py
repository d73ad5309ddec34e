"""How far a message has come, whatever order WhatsApp tells it in."""

from itertools import permutations

import pytest

from domain.messaging.message import RANKS, Failure, MessageState
from tests.support.builders import a_message
from tests.support.clocks import MORNING

FAILURE = Failure(code="131026", message="No se pudo entregar.")
GUESS = Failure(code="UNKNOWN_OUTCOME", message="WhatsApp no confirmó el envío.")
TOLD = (MessageState.SENT, MessageState.DELIVERED, MessageState.READ, MessageState.FAILED)


@pytest.mark.parametrize(
    "told", [order for count in range(1, 5) for order in permutations(TOLD, count)]
)
def test_the_furthest_holds_in_whatever_order_it_is_told(told: tuple[MessageState, ...]) -> None:
    message = a_message()

    for state in told:
        failure = FAILURE if state is MessageState.FAILED else None
        message = message.advanced(state, MORNING, wamid="wamid.1", failure=failure)

    assert message.state is max(told, key=lambda state: RANKS[state])
    assert (message.failure is not None) == (message.state is MessageState.FAILED)
    assert message.wamid == "wamid.1"


@pytest.mark.parametrize("known", list(MessageState))
@pytest.mark.parametrize("told", TOLD)
def test_every_pair_of_states_has_an_answer(known: MessageState, told: MessageState) -> None:
    failure = FAILURE if known is MessageState.FAILED else None
    message = a_message(state=known, wamid="wamid.1", failure=failure)

    further = message.advanced(told, MORNING, wamid="wamid.1")

    assert further.state is max(known, told, key=lambda state: RANKS[state])
    assert (further is message) == (RANKS[told] <= RANKS[known])


@pytest.mark.parametrize("told", [MessageState.SENT, MessageState.DELIVERED, MessageState.READ])
def test_whatever_whatsapp_says_is_truer_than_our_guess(told: MessageState) -> None:
    guessed = a_message(state=MessageState.FAILED, failure=GUESS)

    message = guessed.advanced(told, MORNING, wamid="wamid.1")

    assert (message.state, message.failure) == (told, None)


def test_news_end_the_wait_for_an_answer() -> None:
    sending = a_message().begin_sending(MORNING)

    message = sending.advanced(MessageState.DELIVERED, MORNING, wamid="wamid.1")

    assert message.sending_since is None
    assert message.sent_at == MORNING


def test_an_answer_that_comes_after_the_news_takes_nothing_back() -> None:
    read = a_message().advanced(MessageState.READ, MORNING, wamid="wamid.1")

    assert read.taken("wamid.1", MORNING) == read
