"""Sealing secrets, and opening them only where they belong."""

import base64

import pytest

from adapters.postgres.sealed_values import KeyRing, KeySettingError, UnsealError

KEY = base64.b64encode(b"k" * 32).decode()
OTHER_KEY = base64.b64encode(b"o" * 32).decode()


def test_what_was_sealed_opens_where_it_belongs() -> None:
    keys = KeyRing.from_setting(f"2026:{KEY}")

    sealed = keys.seal(b"secret", bound_to=b"row 1")

    assert b"secret" not in sealed
    assert keys.unseal(sealed, bound_to=b"row 1") == b"secret"


def test_the_same_secret_never_looks_the_same_twice() -> None:
    keys = KeyRing.from_setting(f"2026:{KEY}")

    assert keys.seal(b"secret", bound_to=b"") != keys.seal(b"secret", bound_to=b"")


def test_the_first_key_seals_and_the_others_still_open() -> None:
    old = KeyRing.from_setting(f"2025:{OTHER_KEY}")
    rotated = KeyRing.from_setting(f"2026:{KEY}, 2025:{OTHER_KEY}")

    opened = rotated.unseal(old.seal(b"secret", bound_to=b""), bound_to=b"")

    assert opened == b"secret"
    assert rotated.seal(b"secret", bound_to=b"").startswith(b"2026:")


@pytest.mark.parametrize("damage", ["moved", "changed", "cut", "of another key"])
def test_what_is_damaged_or_moved_does_not_open(damage: str) -> None:
    keys = KeyRing.from_setting(f"2026:{KEY}")
    sealed = keys.seal(b"secret", bound_to=b"row 1")
    damaged = {
        "moved": sealed,
        "changed": sealed[:-1] + bytes([sealed[-1] ^ 1]),
        "cut": sealed[:10],
        "of another key": sealed.replace(b"2026", b"2020"),
    }

    with pytest.raises(UnsealError):
        keys.unseal(damaged[damage], bound_to=b"row 2" if damage == "moved" else b"row 1")


@pytest.mark.parametrize("setting", ["", "2026", "2026:", ":abc", "2026:%%%", "2026:c2hvcnQ="])
def test_a_setting_that_is_no_key_is_refused_without_being_repeated(setting: str) -> None:
    with pytest.raises(KeySettingError) as refusal:
        KeyRing.from_setting(setting)

    assert "c2hvcnQ=" not in str(refusal.value)
