"""Members leave and come back, and not twice."""

import pytest

from domain.directory.member import MemberTransitionRefusedError
from tests.support.builders import a_member, an_organization_id
from tests.support.clocks import MORNING


def test_who_leaves_is_ended_from_then_on() -> None:
    member = a_member(an_organization_id())

    ended = member.end(MORNING)

    assert (member.is_ended, ended.is_ended) == (False, True)
    assert (ended.ended_at, ended.updated_at, ended.version) == (MORNING, MORNING, 2)
    assert (ended.roles, ended.subject) == (member.roles, member.subject)


def test_who_comes_back_is_who_they_were() -> None:
    member = a_member(an_organization_id())

    back = member.end(MORNING).reactivate(MORNING)

    assert (back.ended_at, back.version) == (None, 3)
    assert (back.roles, back.subject) == (member.roles, member.subject)


def test_nobody_leaves_twice() -> None:
    ended = a_member(an_organization_id()).end(MORNING)

    with pytest.raises(MemberTransitionRefusedError) as refusal:
        ended.end(MORNING)

    assert refusal.value.metadata == {"current_state": "ENDED"}


def test_who_works_there_does_not_come_back() -> None:
    with pytest.raises(MemberTransitionRefusedError) as refusal:
        a_member(an_organization_id()).reactivate(MORNING)

    assert refusal.value.metadata == {"current_state": "ACTIVE"}
