"""A simulated UiPath Orchestrator: it signs and delivers webhook events over real HTTP, with the real one's weaknesses.

In a process:

    with OrchestratorServer(Orchestrator(Profile("cloud", 20))) as server:      # server.api_url, server.token_url
        server.orchestrator.put_webhook("main", url, secret="s3cret")
        futures = server.orchestrator.send(body)                # body: bytes, delivered byte for byte
        deliveries = [future.result() for future in futures]
        server.orchestrator.begin(Life(seed=7))
        bodies, futures = server.orchestrator.live(DAY)         # a day of jobs, queue items, tasks, robots
        truth = server.orchestrator.truth()                     # what must be known of them now

On the command line: `python -m local.orchestrator --help`. It is the other party: it imports nothing of the relay.
"""

from local.orchestrator.api.faults import Fault
from local.orchestrator.api.identity import CLIENT_ID, CLIENT_SECRET, Client
from local.orchestrator.deliveries import Delivery
from local.orchestrator.delivery import Attempt, post
from local.orchestrator.engine import Engine
from local.orchestrator.life import DAY, Entity, Life
from local.orchestrator.profile import Profile
from local.orchestrator.server import OrchestratorServer
from local.orchestrator.signature import SIGNATURE_HEADER, signature
from local.orchestrator.tenant import Orchestrator
from local.orchestrator.webhooks import Webhook, Webhooks

__all__ = [
    "CLIENT_ID",
    "CLIENT_SECRET",
    "DAY",
    "SIGNATURE_HEADER",
    "Attempt",
    "Client",
    "Delivery",
    "Engine",
    "Entity",
    "Fault",
    "Life",
    "Orchestrator",
    "OrchestratorServer",
    "Profile",
    "Webhook",
    "Webhooks",
    "post",
    "signature",
]
