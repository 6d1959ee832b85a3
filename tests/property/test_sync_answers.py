"""Whatever answers instead of Orchestrator: the client takes it or says so in an error of ours that tells no secret."""

import json

from hypothesis import given, settings
from hypothesis import strategies as st

from relay.errors import RelayError
from relay.exchange import Reply
from relay.orchestrator.api import ClientCredentials, Orchestrator, Patience
from relay.orchestrator.api.session import Session
from relay.orchestrator.sources import Source
from relay.sync import diff
from relay.sync.plan import plan
from relay.sync.wanted import Wanted
from tests.orchestrators import hook

anything = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats() | st.text() | st.just(10**400) | st.just("\ud800"),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(), inner, max_size=3),
    max_leaves=6,
)
MEMBERS = [*hook(), "Name", "Description", "Key", "EventId", "value", "message", "errorCode", "error", "traceId"]
members = st.dictionaries(st.sampled_from(MEMBERS), anything, max_size=6)
hooks = st.builds(lambda given: {**hook(), **given}, members)
events = st.lists(st.fixed_dictionaries({"EventType": anything, "Name": anything}), max_size=3)
documents = (
    anything
    | members
    | hooks
    | st.fixed_dictionaries({"value": st.lists(hooks | members | anything, max_size=3) | events})
    | st.fixed_dictionaries({"access_token": anything, "expires_in": anything})
)
bodies = st.binary(max_size=40) | documents.map(lambda document: json.dumps(document).encode())
versions = st.sampled_from(["1.0, 20.0", "", "x", "9" * 500, "11.0", "1e999", "16"]) | st.text(max_size=9)
replies = st.builds(
    lambda status, version, body: Reply(status, {"api-supported-versions": version}, body),
    st.sampled_from([200, 200, 200, 201, 202, 204, 302, 400, 401, 403, 404, 409, 418, 429, 500]),
    versions,
    bodies,
)


class Astray(Session):
    """A session whose every answer is made up."""

    def __init__(self, made_up):
        self._made_up = made_up
        patience = Patience(sleep=lambda _: None)
        super().__init__(Source(base_url="https://o.example"), ClientCredentials("app", "hush"), patience)
        self._tokens._ask = lambda _: next(self._made_up)

    def _ask(self, *_):
        self._tokens.bearer()
        return next(self._made_up)


@settings(deadline=None, max_examples=400)
@given(st.lists(replies, min_size=1, max_size=12), st.booleans())
def test_no_answer_breaks_the_client(answers, granted):
    token = [Reply(200, {}, b'{"access_token": "hush", "expires_in": 3600}')] * granted
    orchestrator = Orchestrator(Astray(iter([*token, *answers * 200])))
    calls = [
        lambda: orchestrator.version,
        orchestrator.all,
        lambda: orchestrator.by_url("u"),
        lambda: orchestrator.get(1),
        orchestrator.event_types,
        lambda: orchestrator.create({"Url": "u", "Secret": "hush"}, ()),
        lambda: orchestrator.patch(1, {"Enabled": True}),
        lambda: orchestrator.delete(1),
        lambda: orchestrator.ping(1),
        lambda: _told(orchestrator),
    ]
    for told in filter(None, map(_error, calls)):
        assert "hush" not in told
        assert told.isprintable()


def _error(call):
    """Return what an error says; one that is not ours goes through."""
    try:
        call()
    except RelayError as error:
        return str(error)
    except StopIteration:  # nothing is left to answer
        return None


def _told(orchestrator):
    planned = plan([Wanted("n")], orchestrator.all(), orchestrator.event_types(), 20, "https://r.example/x")
    for line in diff.lines(planned):
        line.encode()
