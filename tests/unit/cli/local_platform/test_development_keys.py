"""Development tokens are signed with a key of this machine, and servers find its public half."""

import json
import stat
from pathlib import Path

import jwt

from cli.local_platform.development_keys import ALGORITHM, KEY_ID, DevelopmentKeys
from cli.local_platform.state_folder import StateFolder


def test_a_token_signed_with_the_private_half_is_verified_with_the_public_one(
    tmp_path: Path,
) -> None:
    keys = DevelopmentKeys(tmp_path)
    keys.ensure()

    token = jwt.encode(
        {"sub": "somebody"},
        keys.private_key_path.read_text(),
        algorithm=ALGORITHM,
        headers={"kid": KEY_ID},
    )

    (entry,) = json.loads(keys.jwks_path.read_text())["keys"]
    assert entry["kid"] == KEY_ID
    assert jwt.decode(token, jwt.PyJWK(entry), algorithms=[ALGORITHM]) == {"sub": "somebody"}


def test_the_public_file_does_not_give_the_private_half_away(tmp_path: Path) -> None:
    keys = DevelopmentKeys(tmp_path)
    keys.ensure()

    (entry,) = json.loads(keys.jwks_path.read_text())["keys"]
    assert "d" not in entry
    assert stat.S_IMODE(keys.private_key_path.stat().st_mode) == 0o600


def test_the_pair_stays_the_same(tmp_path: Path) -> None:
    keys = DevelopmentKeys(tmp_path)
    keys.ensure()
    before = keys.private_key_path.read_text(), keys.jwks_path.read_text()

    keys.ensure()

    assert (keys.private_key_path.read_text(), keys.jwks_path.read_text()) == before


def test_the_key_for_stored_secrets_is_made_once_and_for_our_eyes_only(tmp_path: Path) -> None:
    folder = StateFolder.at(tmp_path)

    first, second = folder.secrets_key(), folder.secrets_key()

    name, _, key = first.partition(":")
    assert (name, len(key)) == ("local", 44)
    assert second == first
    assert stat.S_IMODE((folder.keys / "secrets-key").stat().st_mode) == 0o600
