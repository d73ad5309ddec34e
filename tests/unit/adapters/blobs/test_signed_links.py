"""Links say what they allow, and whoever changes a letter of them is allowed nothing."""

from collections.abc import Iterator
from datetime import timedelta
from urllib.parse import parse_qsl, urlsplit

import pytest

from adapters.blobs.signed_links import LinkExpiredError, LinkForgedError, SignedLinks
from adapters.blobs.signing_keys import SigningKeys
from tests.support.blob_builders import A_PHOTO, a_blob_key, content_of
from tests.support.clocks import StoppedClock

LIFETIME = timedelta(minutes=15)
OLD, NEW = bytes(32), bytes(range(32))
KEY, CONTENT = a_blob_key(), content_of(A_PHOTO)


def links_of(keys: dict[str, bytes], clock: StoppedClock | None = None) -> SignedLinks:
    return SignedLinks(
        "http://web.test/blobs/", SigningKeys(keys), clock or StoppedClock(), lifetime=LIFETIME
    )


LINKS = links_of({"old": OLD})


def parts(url: str) -> tuple[str, dict[str, str]]:
    split = urlsplit(url)
    return split.path.removeprefix("/blobs/"), dict(parse_qsl(split.query))


def test_a_link_allows_what_it_says() -> None:
    upload, download = LINKS.upload(KEY, CONTENT), LINKS.download(KEY)

    assert LINKS.check_upload(*parts(upload.url)) == (KEY, CONTENT)
    assert LINKS.check_download(*parts(download.url)) == KEY


def changed_queries() -> Iterator[tuple[str, dict[str, str]]]:
    path, query = parts(LINKS.upload(KEY, CONTENT).url)
    for name, value in query.items():
        other = "b" if value[-1] == "a" else "a"
        yield path, {**query, name: value[:-1] + other}
        yield path, {**query, name: ""}
        yield path, {**query, name: value + "\n"}
        yield path, {known: query[known] for known in query if known != name}
    yield str(a_blob_key()), query
    yield f"{path}/../x", query
    yield path, {**query, "size": str(CONTENT.size_bytes + 1)}
    yield path, {**query, "expires": str(int(query["expires"]) + 1)}
    yield path, {**query, "signature": "ñ" * 43}


CHANGED = list(changed_queries())


@pytest.mark.parametrize(("path", "query"), CHANGED, ids=map(str, range(len(CHANGED))))
def test_a_link_that_was_changed_allows_nothing(path: str, query: dict[str, str]) -> None:
    with pytest.raises(LinkForgedError):
        LINKS.check_upload(path, query)


def test_a_link_to_read_does_not_allow_to_write() -> None:
    path, query = parts(LINKS.download(KEY).url)

    with pytest.raises(LinkForgedError):
        LINKS.check_upload(path, {**query, "size": "1", "sha256": "0" * 64})


def test_a_link_to_write_does_not_allow_to_read() -> None:
    with pytest.raises(LinkForgedError):
        LINKS.check_download(*parts(LINKS.upload(KEY, CONTENT).url))


def test_a_link_ends_on_the_second() -> None:
    clock = StoppedClock()
    links = links_of({"old": OLD}, clock)
    download = links.download(KEY)
    clock.advance(LIFETIME - timedelta(seconds=1))
    links.check_download(*parts(download.url))

    clock.advance(timedelta(seconds=1))

    with pytest.raises(LinkExpiredError):
        links.check_download(*parts(download.url))


def test_what_another_key_signed_is_forged() -> None:
    download = links_of({"old": NEW}).download(KEY)

    with pytest.raises(LinkForgedError):
        LINKS.check_download(*parts(download.url))


def test_links_of_an_older_key_are_good_until_it_is_taken_away() -> None:
    download = LINKS.download(KEY)
    both, without = links_of({"new": NEW, "old": OLD}), links_of({"new": NEW})

    assert both.check_download(*parts(download.url)) == KEY
    assert parts(both.download(KEY).url)[1]["key"] == "new"
    with pytest.raises(LinkForgedError):
        without.check_download(*parts(download.url))
