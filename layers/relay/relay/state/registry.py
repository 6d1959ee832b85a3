"""Every kind of entity whose state is kept. A new group is a module here, a sample pair and a filter entry."""

from relay.state.job import JOB
from relay.state.ping import PING
from relay.state.process import PROCESS
from relay.state.queue import QUEUE
from relay.state.queue_item import QUEUE_ITEM
from relay.state.robot import ROBOT, SESSION
from relay.state.schedule import SCHEDULE
from relay.state.task import TASK

# By `relaygroup`, as the filter policy of the state consumer's subscription names them.
_GROUPS = {
    "job": (JOB,),
    "queueItem": (QUEUE_ITEM,),
    "robot": (ROBOT, SESSION),
    "queue": (QUEUE,),
    "process": (PROCESS,),
    "schedule": (SCHEDULE,),
    "task": (TASK,),
    "ping": (PING,),
}
GROUPS = tuple(_GROUPS)
KINDS = {kind.name: kind for kinds in _GROUPS.values() for kind in kinds}
