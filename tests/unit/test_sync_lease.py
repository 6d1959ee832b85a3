import pytest

from relay.lease import Lease, LeaseOver, LeaseTaken, held
from tests.orchestrators import Clock
from tests.tables import MemoryTable, RacedTable


def lease(table, owner="sync-1", clock=None, source="main"):
    return Lease(table, source, owner, 300, clock or Clock())


def test_one_writer_at_a_time_for_each_source():
    table = MemoryTable()
    lease(table).take()

    with pytest.raises(LeaseTaken):
        lease(table, "rotate").take()
    lease(table, "rotate", source="second").take()


def test_a_lease_that_ran_out_is_taken_over_and_not_given_back_by_its_first_owner():
    table, clock = MemoryTable(), Clock()
    first, second = lease(table, clock=clock), lease(table, "rotate", clock)
    first.take()

    clock.now += 300
    second.take()
    first.release()

    with pytest.raises(LeaseTaken):
        first.take()


def test_a_released_lease_is_free():
    table = MemoryTable()

    with held(lease(table)):
        pass

    lease(table, "rotate").take()


def test_a_lease_is_released_when_the_work_fails():
    table = MemoryTable()

    with pytest.raises(InterruptedError), held(lease(table)):
        raise InterruptedError
    lease(table, "rotate").take()


def test_its_owner_prolongs_it():
    table, clock = MemoryTable(), Clock()
    mine = lease(table, clock=clock)
    mine.take()

    clock.now += 299
    mine.take()
    clock.now += 290

    mine.check()
    with pytest.raises(LeaseTaken):
        lease(table, "rotate", clock).take()


def test_nobody_writes_without_a_lease_or_at_its_end():
    clock = Clock()
    mine = lease(MemoryTable(), clock=clock)

    with pytest.raises(LeaseOver):
        mine.check()
    mine.take()
    clock.now += 296
    with pytest.raises(LeaseOver):
        mine.check()


@pytest.mark.parametrize("before", [False, True])
def test_the_slower_of_two_gets_nothing(before):
    raced = RacedTable([])
    if before:
        lease(raced, "dead", Clock(0)).take()
    raced.others.append(lambda table: lease(MemoryTableView(table), "rotate").take())

    with pytest.raises(LeaseTaken, match="faster"):
        lease(raced).take()


class MemoryTableView(MemoryTable):
    """The same items, without the race."""

    def __init__(self, table):
        self.items = table.items
