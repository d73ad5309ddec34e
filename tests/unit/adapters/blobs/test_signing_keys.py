"""The setting of the keys that sign links."""

import base64

import pytest

from adapters.blobs.signing_keys import SigningKeys, SigningKeySettingError

GOOD = base64.b64encode(bytes(32)).decode()


def test_the_first_key_signs() -> None:
    keys = SigningKeys.from_setting(f"new:{GOOD}, old:{GOOD}")

    assert keys.current == "new"
    assert keys.signature("x", key="old") == keys.signature("x", key="new")
    assert keys.signature("x", key="older") is None


@pytest.mark.parametrize(
    "text", ["", GOOD, f":{GOOD}", f"a b:{GOOD}", "new:short", "new:YWJj", f"new:{GOOD},"]
)
def test_anything_else_is_refused_without_being_repeated(text: str) -> None:
    with pytest.raises(SigningKeySettingError) as refusal:
        SigningKeys.from_setting(text)

    assert GOOD not in str(refusal.value)
