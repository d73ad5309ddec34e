import pytest

from server.etags import etag_of, parse_etag


@pytest.mark.parametrize("version", [1, 2, 10**9])
def test_an_etag_stands_for_its_version(version: int) -> None:
    assert parse_etag(etag_of(version)) == version


def test_no_etag_stands_for_any_version() -> None:
    assert parse_etag("") is None


@pytest.mark.parametrize("etag", ["x", "-1", '"3"', "1.5", "²", " 1"])
def test_what_was_never_an_etag_matches_no_version(etag: str) -> None:
    assert parse_etag(etag) == 0
