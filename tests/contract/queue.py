"""What every queue of org changes promises."""

from aldea_core.domain.ids import OrgId


A, B, C = OrgId("a"), OrgId("b"), OrgId("c")


class OrgQueueContract:
    """Subclasses bring the fixtures `queue` and `lose_taken`: those who took messages died."""

    async def test_sent_message_is_received_once(self, queue):
        """
        While its receiver works on it.
        """
        assert list(await queue.send([A, B])) == [A, B]

        received = [message.org for message in await queue.receive(10, wait=1)]
        while len(received) < 2:
            received += [message.org for message in await queue.receive(10, wait=1)]
        assert sorted(received) == [A, B]
        assert list(await queue.receive(10)) == []

    async def test_empty_queue_answers_after_the_wait(self, queue):
        """
        An empty queue answers with nothing, after the wait.
        """
        assert list(await queue.receive(10)) == []

    async def test_unacknowledged_message_is_redelivered(self, queue, lose_taken):
        """
        A receiver that dies loses no message.
        """
        await queue.send([C])
        first = await queue.receive(10, wait=1)
        await lose_taken()
        again = await queue.receive(10, wait=1)

        assert [message.org for message in first] == [C]
        assert [message.org for message in again] == [C]
        assert first[0].id == again[0].id

    async def test_acknowledged_message_is_removed(self, queue, lose_taken):
        """
        Also if the receiver dies afterwards.
        """
        await queue.send([A])
        await queue.acknowledge(await queue.receive(10, wait=1))
        await lose_taken()

        assert list(await queue.receive(10)) == []

    async def test_large_sends_are_batched(self, queue):
        """
        More than one request to the service may hold.
        """
        orgs = [OrgId(f"org-{n}") for n in range(25)]
        assert orgs == list(await queue.send(orgs))

        received = set()
        while len(received) < 25:
            messages = await queue.receive(10, wait=1)
            assert 1 <= len(messages) <= 10
            received |= {message.org for message in messages}
            await queue.acknowledge(messages)
        assert received == set(orgs)
