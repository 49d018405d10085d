import pytest
from starlette.requests import Request

from libs.common.web.conditional import check_if_match, check_if_none_match, etag_of, not_modified
from libs.common.web.problems import PreconditionFailed, PreconditionRequired


def request(**headers: str) -> Request:
    raw = [(name.replace("_", "-").encode(), value.encode()) for name, value in headers.items()]
    return Request({"type": "http", "method": "GET", "path": "/", "headers": raw, "query_string": b""})


@pytest.mark.parametrize("header", ['"7"', '"6", "7"', 'W/"6","7"', "*", ' "7" '])
def test_change_is_allowed_when_if_match_names_the_version(header: str) -> None:
    check_if_match(request(if_match=header), 7)


@pytest.mark.parametrize("header", ['"6"', 'W/"7"', "7", "", '"77"', '"7'])
def test_change_is_refused_when_if_match_names_another_version(header: str) -> None:
    with pytest.raises(PreconditionFailed) as caught:
        check_if_match(request(if_match=header), 7)

    assert caught.value.headers == {"ETag": '"7"'}


def test_change_is_refused_when_if_match_is_absent() -> None:
    with pytest.raises(PreconditionRequired):
        check_if_match(request(), 7)


@pytest.mark.parametrize("header", ['"7"', 'W/"7"', '"1", "7"', "*"])
def test_answer_is_304_when_the_caller_has_the_version(header: str) -> None:
    answer = not_modified(request(if_none_match=header), etag_of(7))

    assert answer is not None
    assert (answer.status_code, answer.headers["etag"]) == (304, '"7"')


@pytest.mark.parametrize("headers", [{}, {"if_none_match": '"6"'}, {"if_none_match": "7"}])
def test_answer_is_full_when_the_caller_has_another_version(headers: dict[str, str]) -> None:
    assert not_modified(request(**headers), etag_of(7)) is None


def test_creation_is_refused_when_the_caller_expects_nothing_there() -> None:
    check_if_none_match(request(if_none_match="*"), None)
    check_if_none_match(request(), 3)

    with pytest.raises(PreconditionFailed):
        check_if_none_match(request(if_none_match="*"), 3)
