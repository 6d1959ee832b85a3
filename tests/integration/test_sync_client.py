"""The client against a server that answers by script: what it asks, what it understands, what it never does."""

import json
import logging
from urllib.parse import parse_qs

import pytest

from local.loopback import Answer
from relay.errors import RelayError, Unavailable
from relay.exchange import OutcomeUnknown
from relay.orchestrator.api import (
    ClientCredentials,
    NameTaken,
    NotAuthenticated,
    NotOrchestrator,
    PersonalToken,
    Rejected,
    Throttled,
    Troubled,
)
from tests import guide
from tests.orchestrators import Clock, Scripted, answer, client_of, hook

APP = ClientCredentials("app-1d", "app-5ecr3t")
FIELDS = {
    "Name": "relay-main",
    "Url": str(hook()["Url"]),
    "Enabled": True,
    "Secret": "wh-5ecr3t",
    "Events": frozenset(),
}
CUT = Answer(200, b"", {"Content-Length": "7"})  # promises a body and gives none, until the client gives up


def granted(token="t0ken-1", **members):
    return answer(
        {"access_token": token, "expires_in": 3600, "token_type": "Bearer", "scope": "OR.Webhooks", **members}
    )


def listed(*hooks):
    return answer({"value": list(hooks)})


# -- what is asked


def test_the_five_requests_of_the_guide():
    context = {"@odata.context": "https://o.example/odata/$metadata#Webhooks"}
    offered = [{"Name": "process.created", "Group": "process"}, {"Name": "queueItem.added", "Group": "queueItem"}]
    pinged = {"Type": "ping", "EventId": "e0", "Timestamp": "2018-12-04T12:12:08.44Z", "OrganizationUnitId": None}
    script = [
        answer({**context, "@odata.count": 1, "value": [guide.WEBHOOK]}),
        answer({**context, **guide.WEBHOOK}),
        answer({**context, "value": offered}),
        answer({**context, **guide.WEBHOOK}),
        answer({**context, **pinged}),
    ]

    with Scripted(script) as server:
        orchestrator = client_of(server)
        (found,) = orchestrator.by_url(guide.URL)
        got = orchestrator.get(4)
        names = orchestrator.event_types()
        put = orchestrator.replace(4, {**found.fields(16), "Secret": "given"})
        event_id = orchestrator.ping(4)

    assert server.asked == [
        "GET /odata/Webhooks",
        "GET /odata/Webhooks(4)",
        "GET /odata/Webhooks/UiPath.Server.Configuration.OData.GetEventTypes",
        "PUT /odata/Webhooks(4)",
        "POST /odata/Webhooks(4)/UiPath.Server.Configuration.OData.Ping",
    ]
    assert server.requests[0].query == {"$filter": f"Url eq '{guide.URL}'"}
    assert server.requests[4].body == b""
    assert {request.headers["Authorization"] for request in server.requests} == {"Bearer pat-5ecr3t-0123456789"}
    assert found == got == put
    assert (found.id, found.url, found.enabled, found.subscribe_to_all) == (4, guide.URL, True, False)
    assert found.events == frozenset(guide.EVENTS)
    assert (names, event_id) == (["process.created", "queueItem.added"], "e0")
    assert json.loads(server.requests[3].body)["Events"] == guide.WEBHOOK["Events"]


def test_a_secret_in_an_answer_is_not_even_kept():
    with Scripted([answer(hook(Secret="****"))]) as server:
        assert "****" not in str(vars(client_of(server).get(4)))


@pytest.mark.parametrize("version", ["15.0", "11.0", "9.0, 15.0, 2.0"])
def test_names_are_not_sent_below_16(version):
    headers = {"api-supported-versions": version}

    with Scripted([listed(), answer(hook(), 201)]) as server:
        server.script = [Answer(one.status, one.body, {**one.headers, **headers}) for one in server.script]
        client_of(server).create({**FIELDS, "Description": "d"}, known=())

    assert set(json.loads(server.requests[1].body)) == {"Url", "Enabled", "Secret", "Events"}


def test_names_are_sent_from_16_on():
    with Scripted([listed(), answer(hook(Name="relay-main", Key="k"), 201)]) as server:
        made = client_of(server).create({**FIELDS, "Description": "d"}, known=())

    assert json.loads(server.requests[1].body) == {**FIELDS, "Description": "d", "Events": []}
    assert (made.name, made.key) == ("relay-main", "k")


def test_an_answer_without_a_version_is_not_guessed_at():
    with (
        Scripted([Answer(200, b'{"value": []}')]) as server,
        pytest.raises(NotOrchestrator, match="api-supported-vers"),
    ):
        _ = client_of(server).version


def test_event_types_are_found_with_parentheses_too():
    script = [answer({"message": "no"}, 404), answer({"value": [{"Name": "job.created", "Group": "job"}]})]

    with Scripted(script) as server:
        assert client_of(server).event_types() == ["job.created"]
    assert server.asked[1].endswith("OData.GetEventTypes()")


def test_a_quote_in_an_address_is_doubled():
    with Scripted([listed()]) as server:
        client_of(server).by_url("https://o.example/it's")

    assert server.requests[0].query["$filter"] == "Url eq 'https://o.example/it''s'"


def test_pages_are_read_until_one_is_empty():
    script = [listed(hook(1), hook(2)), listed(hook(3)), listed()]

    with Scripted(script) as server:
        found = client_of(server).all()

    assert [webhook.id for webhook in found] == [1, 2, 3]
    assert [request.query["$skip"] for request in server.requests] == ["0", "2", "3"]


def test_a_server_that_does_not_skip_ends_too():
    with Scripted([listed(hook(1)), listed(hook(1))]) as server:
        assert len(client_of(server).all()) == 1


def test_a_standalone_tenant_is_named():
    with Scripted([listed(), listed()]) as server:
        client_of(server, tenant="Default").by_url("u")
        client_of(server).by_url("u")

    assert server.requests[0].headers["X-UIPATH-TenantName"] == "Default"
    assert "X-UIPATH-TenantName" not in server.requests[1].headers


# -- authentication


def test_a_token_is_asked_for_once_and_renewed_in_time():
    clock = Clock()

    with Scripted([granted(), listed(), listed(), granted("t0ken-2", expires_in="600"), listed()]) as server:
        orchestrator = client_of(server, clock, APP)
        orchestrator.by_url("u")
        clock.now += 3539
        orchestrator.by_url("u")
        clock.now += 1
        orchestrator.by_url("u")

    assert [name.partition(" /")[2] for name in server.asked] == [
        "identity/connect/token",
        *["odata/Webhooks"] * 2,
        "identity/connect/token",
        "odata/Webhooks",
    ]
    assert parse_qs(server.requests[0].body.decode()) == {
        "grant_type": ["client_credentials"],
        "client_id": ["app-1d"],
        "client_secret": ["app-5ecr3t"],
        "scope": ["OR.Webhooks"],
    }
    assert server.requests[4].headers["Authorization"] == "Bearer t0ken-2"


def test_a_token_s_address_can_be_stated():
    with Scripted([granted(), listed()]) as server:
        stated = ClientCredentials("a", "b", token_url=f"{server.url}/acme/identity_/connect/token")
        client_of(server, credential=stated).by_url("u")

    assert server.asked[0] == "POST /acme/identity_/connect/token"


def test_a_refused_token_is_renewed_once_even_for_a_post():
    script = [granted(), listed(), answer({}, 401), granted("t0ken-2"), answer(hook(), 201)]

    with Scripted(script) as server:
        client_of(server, credential=APP).create(FIELDS, known=())

    assert server.requests[4].headers["Authorization"] == "Bearer t0ken-2"


@pytest.mark.parametrize(("credential", "tries"), [(APP, 2), (PersonalToken("pat"), 1)])
def test_a_credential_that_stays_refused_is_an_error(credential, tries):
    tokens = [granted()] if credential is APP else []
    script = [*tokens, answer({}, 401), *tokens, answer({}, 401)]

    with Scripted(script) as server, pytest.raises(NotAuthenticated):
        client_of(server, credential=credential).by_url("u")

    assert sum("odata" in name for name in server.asked) == tries


@pytest.mark.parametrize(
    ("reply", "kind", "text"),
    [
        (
            answer({"error": "invalid_client"}, 400),
            NotAuthenticated,
            "give a token for the credential: 400: invalid_client",
        ),
        (answer({"error": "invalid_scope"}, 400), NotAuthenticated, "invalid_scope"),
        (answer({}, 500), Troubled, "give a token"),
        (Answer(200, b"<html>", {"Content-Type": "text/html"}), NotOrchestrator, "no token"),
        (answer({"access_token": "a b"}), NotOrchestrator, "no token"),
        (answer({"access_token": "a\r\nX: y"}), NotOrchestrator, "no token"),
        (answer(["token"]), NotOrchestrator, "no token"),
    ],
)
def test_what_is_wrong_with_the_identity_server_is_said(reply, kind, text):
    with Scripted([reply]) as server, pytest.raises(kind, match=text):
        client_of(server, credential=APP).by_url("u")


def test_two_orchestrators_never_mix_credentials():
    with (
        Scripted([granted("t0ken-a"), listed(), listed()]) as first,
        Scripted([granted("t0ken-b"), listed()]) as second,
    ):
        one, other = client_of(first, credential=APP), client_of(second, credential=ClientCredentials("other", "hush"))
        one.by_url("u")
        other.by_url("u")
        one.by_url("u")

    assert {request.headers.get("Authorization") for request in first.requests} == {None, "Bearer t0ken-a"}
    assert {request.headers.get("Authorization") for request in second.requests} == {None, "Bearer t0ken-b"}
    assert b"other" not in b"".join(request.body for request in first.requests)


def test_a_refusal_names_what_the_request_gave_and_no_secret():
    message = "relay-of-the-plant-in-hamburg wants queueItem.transactionAbandoned, not a-secret-of-the-plant-in-hamburg"
    fields = {
        "Name": "relay-of-the-plant-in-hamburg",
        "Events": frozenset(["queueItem.transactionAbandoned"]),
        "Secret": "a-secret-of-the-plant-in-hamburg",
    }

    with Scripted([listed(), answer({"message": message}, 400)]) as server, pytest.raises(Rejected) as error:
        client_of(server).patch(4, fields)

    assert "relay-of-the-plant-in-hamburg wants queueItem.transactionAbandoned, not …" in str(error.value)


# -- patience


@pytest.mark.parametrize("status", [408, 429, 502, 503, 504, 524])
def test_what_may_pass_is_tried_again(status):
    clock = Clock()

    with Scripted([answer({}, status), answer({}, status), listed()]) as server:
        assert client_of(server, clock).by_url("u") == []

    assert clock.slept == [1.0, 2.0]


@pytest.mark.parametrize(
    ("text", "slept"),
    [("7", [7]), ("0", [1.0]), ("Mon, 02 Feb 2026 02:40:09 GMT", [10]), ("soon", [1.0])],
)
def test_retry_after_is_obeyed(text, slept):
    clock = Clock()  # 2026-02-02 02:40:00 UTC

    with Scripted([answer({}, 429, Retry_After=text), listed()]) as server:
        client_of(server, clock).by_url("u")

    assert clock.slept == slept


def test_a_long_retry_after_is_left_to_the_next_run():
    clock = Clock()

    with Scripted([answer({}, 429, Retry_After="31")]) as server, pytest.raises(Throttled):
        client_of(server, clock).by_url("u")

    assert clock.slept == []


def test_patience_ends():
    clock = Clock()

    with Scripted([answer({}, 503)] * 4) as server, pytest.raises(Troubled):
        client_of(server, clock).by_url("u")

    assert clock.slept == [1.0, 2.0, 4.0]


def test_an_answer_that_never_comes_or_is_cut_is_unavailable():
    with Scripted([CUT, CUT, CUT, CUT]) as server, pytest.raises(Unavailable):
        client_of(server).by_url("u")


def test_nobody_listening_is_unavailable():
    with Scripted([]) as server:
        orchestrator = client_of(server)

    with pytest.raises(Unavailable, match="cannot be reached"):
        orchestrator.by_url("u")


# -- never a second POST blindly


@pytest.mark.parametrize("unclear", [CUT, answer({}, 500), answer({}, 503), answer({}, 504)])
def test_after_an_unclear_answer_a_webhook_that_was_made_is_found(unclear):
    made = hook(9, Name="relay-main")

    with Scripted([listed(), unclear, listed(hook(8, Name="relay-main"), made)]) as server:
        found = client_of(server).create(FIELDS, known=[8])

    assert found.id == 9
    assert [name.split()[0] for name in server.asked] == ["GET", "POST", "GET"]


def test_after_an_unclear_answer_a_webhook_that_was_not_made_is_made():
    with Scripted([listed(), CUT, listed(), answer(hook(9), 201)]) as server:
        assert client_of(server).create(FIELDS, known=()).id == 9
    assert [name.split()[0] for name in server.asked] == ["GET", "POST", "GET", "POST"]


@pytest.mark.parametrize("second", [CUT, answer({"errorCode": 1001}, 409)])
def test_a_webhook_that_appears_late_is_found(second):
    made = hook(9, Name="relay-main")

    with Scripted([listed(), CUT, listed(), second, listed(made)]) as server:
        assert client_of(server).create(FIELDS, known=()).id == 9


def test_a_name_that_another_webhook_bears_is_an_error():
    script = [listed(), answer({"errorCode": 1001, "message": "taken"}, 409)]

    with Scripted(script) as server, pytest.raises(NameTaken):
        client_of(server).create(FIELDS, known=())


def test_a_throttled_post_did_nothing_and_is_repeated():
    with Scripted([listed(), answer({}, 429), answer(hook(9), 201)]) as server:
        assert client_of(server).create(FIELDS, known=()).id == 9


def test_an_unclear_ping_is_not_repeated():
    with Scripted([answer({}, 503)]) as server, pytest.raises(OutcomeUnknown):
        client_of(server).ping(4)


def test_deleting_what_is_gone_is_no_error():
    with Scripted([CUT, answer({"errorCode": 1002}, 404)]) as server:
        client_of(server).delete(4)
    assert server.asked == ["DELETE /odata/Webhooks(4)"] * 2


# -- what answers is no Orchestrator, and nothing is told


@pytest.mark.parametrize(
    "reply",
    [
        Answer(200, b"<!DOCTYPE html><html>", {"Content-Type": "text/html; charset=utf-8"}),
        Answer(200, b"\n<html>", {}),
        Answer(302, b"", {"Location": "https://elsewhere.example/login?token=x"}),
        Answer(200, b"hello", {"Content-Type": "text/plain"}),
        answer({"message": "hello"}),
        answer([hook()]),
        listed({"Id": "4", "Url": "u"}),
        Answer(200, b"[" * 100_000, {}),
    ],
)
def test_what_is_no_orchestrator_is_named(reply):
    with (
        Scripted([reply]) as server,
        pytest.raises(NotOrchestrator, match="is probably wrong"),
    ):
        client_of(server).by_url("u")


@pytest.mark.parametrize(
    "script",
    [
        [granted(), answer({"message": "bad wh-5ecr3t t0ken-1 app-5ecr3t https://x.example/?q=1"}, 400)],
        [granted(), answer({"message": "t0ken-1"}, 401), granted("t0ken-1"), answer({"message": "t0ken-1"}, 401)],
        [answer({"error": "invalid_client", "error_description": "app-1d app-5ecr3t"}, 400)],
        [granted(), CUT, CUT],
        [granted(), answer("t0ken-1 app-5ecr3t")],
        [],
    ],
)
def test_no_error_tells_a_secret_or_a_query(script, caplog):
    caplog.set_level(logging.DEBUG)
    with Scripted(script) as server:
        orchestrator = client_of(server, credential=APP)
        orchestrator._session.version = 16
        if not script:
            server.stop()
        with pytest.raises(RelayError) as error:
            orchestrator.create({**FIELDS, "Url": "https://r.example/?q=sig-5ecr3t"}, known=())

    told = [caplog.text, repr(orchestrator._session._tokens), *_texts(error.value)]
    for hidden in ("5ecr3t", "t0ken", "app-1d", "?q=", "127.0.0.1"):
        assert hidden not in "".join(told)


def _texts(error: BaseException | None) -> list[str]:
    """Return all that an error and those behind it could tell."""
    return [] if error is None else [repr(error), str(error), *_texts(error.__context__)]
