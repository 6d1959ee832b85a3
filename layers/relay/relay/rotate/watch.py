"""What a sync run does about secrets, when the webhooks are as they should be: the canary, and what it asks for."""

from collections.abc import Callable, Sequence

from relay.canary import record
from relay.orchestrator.api import Webhook
from relay.rotate.ends import Ends
from relay.sync.tenant import Tenant
from relay.telemetry import count


class Watch:
    """Sync's canary: proves that a source delivers, repairs a secret that drifted, drops one that has had its day.

    The source's lease is held meanwhile, for longer than the function may run.
    """

    def __init__(self, ends_of: Callable[[Tenant], Ends]) -> None:
        self._ends_of = ends_of

    def __call__(self, tenant: Tenant, webhooks: Sequence[Webhook]) -> None:
        """Ping each enabled webhook; raises NotProven where none arrives after the secret was written again."""
        enabled = [webhook.id for webhook in webhooks if webhook.enabled]
        if not enabled:
            return
        ends = self._ends_of(tenant)
        arrived = ends.canary.fly(enabled)
        record(tenant.name, enabled, arrived)
        ends.canary.remember(enabled, arrived)
        if ends.is_adrift(enabled, arrived):
            ends.restore()
            count("SecretRestored")
        else:
            ends.mark_proved(arrived)
            ends.expire_previous()
