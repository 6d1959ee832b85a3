import json

import pytest

from relay.exchange import Reply, Request
from relay.orchestrator.api import (
    NameTaken,
    NotAuthenticated,
    NotFound,
    NotOrchestrator,
    NotPermitted,
    Rejected,
    Throttled,
    Troubled,
)
from relay.orchestrator.api.errors import error_of, scrubbed

JSON = {"content-type": "application/json"}
ABP = {
    "message": "You are not authorized!",
    "errorCode": 0,
    "success": False,
    "error": {"code": 0, "message": "inner", "details": None},
    "unAuthorizedRequest": True,
    "__abp": True,
}


def _error(status, body, **headers):
    content = body if isinstance(body, bytes) else json.dumps(body).encode()
    return error_of(Reply(status, {**JSON, **headers}, content), "do it")


@pytest.mark.parametrize(
    ("status", "body", "kind", "text"),
    [
        (
            409,
            {"message": "Name is taken", "errorCode": 1001, "traceId": "00-ab12-01"},
            NameTaken,
            "409, code 1001: Name is",
        ),
        (400, {"message": "x exists", "errorCode": 1001}, NameTaken, "400, code 1001: x exists"),
        (404, {"message": "None", "errorCode": 1002, "resourceIds": [4]}, NotFound, "404, code 1002: None"),
        (404, {}, NotFound, "do it: 404"),
        (400, {"message": "Invalid OData", "errorCode": 1000}, Rejected, "code 1000: Invalid OData"),
        (400, {"message": "Out of range", "errorCode": 1009, "traceId": "a b"}, Rejected, "code 1009: Out of range"),
        (403, {"message": "No folder", "errorCode": 1100}, NotPermitted, "403, code 1100: No folder"),
        (401, ABP, NotAuthenticated, "401: You are not authorized!"),
        (403, ABP, NotPermitted, "403: You are not authorized!"),
        (403, {"errorMessage": "Scope is missing"}, NotPermitted, "403: Scope is missing"),
        (400, {"error": "invalid_scope", "error_description": "Not yours"}, Rejected, "400: invalid_scope: Not yours"),
        (400, {"error": "invalid_client"}, Rejected, "400: invalid_client"),
        (400, {"error": {"code": 7, "message": "OData's own"}}, Rejected, "400, code 7: OData's own"),
        (429, {"message": "Slow down"}, Throttled, "429: Slow down"),
        (503, b"<html>gateway</html>", Troubled, "do it: 503"),
        (500, b"\xff\xfe", Troubled, "do it: 500"),
        (400, b"[1]", Rejected, "do it: 400"),
        (400, b"[" * 100_000, Rejected, "do it: 400"),
    ],
)
def test_every_error_body_has_its_class_and_message(status, body, kind, text):
    error = _error(status, body)

    assert type(error) is kind
    assert text in str(error)


def test_the_server_s_own_reference_is_kept_for_support():
    assert str(_error(400, {"message": "No", "errorCode": 1000, "traceId": "00-ab12-01"})).endswith(
        "(trace 00-ab12-01)"
    )


@pytest.mark.parametrize(("status", "body"), [(302, b""), (404, b" \n<!doctype html>")])
def test_a_wrong_base_path_is_named(status, body):
    error = _error(status, body)

    assert isinstance(error, NotOrchestrator)
    assert "base_url in sources.yaml is probably wrong" in str(error)


@pytest.mark.parametrize(
    ("message", "told"),
    [
        ("Url https://hooks.example/T0/abc?sig=1 is used", "Url <address> is used"),
        ("key eyJhbGciOiJSUzI1NiJ9.eyJ4Ijoi bad", "key … bad"),
        ("short s3cret here", "short … here"),
        ("two\nlines\x1b[31m", "two lines [31m"),
        ("word " * 100, "word " * 40 + "…"),
    ],
)
def test_a_message_tells_no_address_and_no_secret(message, told):
    assert scrubbed(message, ["s3cret", ""]) == told


@pytest.mark.parametrize(
    ("message", "told"),
    [
        ("Unknown event: queueItem.transactionAbandoned.", "Unknown event: queueItem.transactionAbandoned."),
        ("'plant/failures-of-the-night' of queueItem.transactionAbandoned",) * 2,
        ("queueItem.transactionAbandonedX", "…"),
        ("queueItem.transactionCompleted and eyJhbGciOiJSUzI1NiJ9.eyJ4Ijoi", "… and …"),
        ("https://hooks.example/queueItem.transactionAbandoned", "<address>"),
        ("queueItem.transactionAbandoned 5ecr3t", "queueItem.transactionAbandoned …"),
    ],
)
def test_a_message_tells_the_names_that_the_request_gave(message, told):
    names = ["", "Relay: plant/failures-of-the-night", "queueItem.transactionAbandoned"]

    assert scrubbed(message, ["5ecr3t"], names) == told


def test_a_request_shows_nothing_of_itself():
    request = Request("POST", "https://o.example/?q=1", {"Authorization": "Bearer t0ken"}, b"client_secret=x")

    assert repr(request) == str(request) == "<POST request>"
