"""An issuer of tokens for tests of the server."""

from pathlib import Path

import pytest

from tests.support.token_issuer import TokenIssuer


@pytest.fixture
def issuer(tmp_path: Path) -> TokenIssuer:
    """Return the issuer whose tokens the server under test takes."""
    return TokenIssuer(tmp_path)
