"""Queues between SQS (moto's) and a function: what is done is deleted, and what fails stays."""

from __future__ import annotations

import asyncio
import json
import time
from collections.abc import Callable, Iterator
from typing import Any

import pytest

pytest.importorskip("moto.server")

from hypothesis import given
from hypothesis import strategies as st
from moto.server import ThreadedMotoServer

from layerwright.errors import AwsError, UsageError
from layerwright.run.call import Call, Reply
from layerwright.run.queues import (
    Queue,
    QueueMapping,
    QueuePoller,
    failed_messages,
    open_queue,
    payloads,
    sqs_event,
)

SENT = ("a", "b", "c")


def reply(payload: object, error_type: str | None = None) -> Reply:
    data = payload if isinstance(payload, bytes) else json.dumps(payload).encode()
    return Reply(payload=data, error_type=error_type)


@pytest.mark.parametrize(
    ("payload", "failed"),
    [
        (None, set()),
        ({}, set()),
        ({"batchItemFailures": []}, set()),
        ({"batchItemFailures": None}, set()),
        ({"batchItemFailures": [{"itemIdentifier": "b"}]}, {"b"}),
        ({"batchItemFailures": [{"itemIdentifier": ""}]}, set(SENT)),
        ({"batchItemFailures": [{"itemIdentifier": None}]}, set(SENT)),
        ({"batchItemFailures": [{"itemIdentifier": "unknown"}]}, set(SENT)),
        ({"batchItemFailures": [{"wrongKey": "a"}]}, set(SENT)),
        (b"no JSON", set(SENT)),
    ],
)
def test_partial_failures_are_read_by_lambdas_rules(payload: object, failed: set[str]) -> None:
    assert failed_messages(reply(payload), SENT, partial=True) == failed


def test_a_batch_that_is_larger_than_a_function_takes_is_handed_over_in_parts() -> None:
    queue = Queue(url="", arn="arn:aws:sqs:us-east-1:123456789012:q", visibility_s=30, fifo=False)
    bodies = ["ä" * 100, "b", "c" * 2000, "d", "e"]
    batch = [
        {"MessageId": str(number), "ReceiptHandle": "r", "Body": body, "MD5OfBody": "m"}
        for number, body in enumerate(bodies)
    ]
    parts = list(payloads(batch, queue, limit_bytes=1500))
    assert [[message["MessageId"] for message in part] for part in parts] == [["0", "1"], ["2"], ["3", "4"]]
    assert [len(json.dumps(sqs_event(part, queue))) <= 1500 for part in parts] == [True, False, True]
    assert list(payloads([], queue)) == []


def test_an_error_fails_the_whole_batch_and_an_answer_fails_none_without_partial_failures() -> None:
    assert failed_messages(reply({"errorMessage": "x"}, "ValueError"), SENT, partial=True) == set(SENT)
    answer = reply({"batchItemFailures": [{"itemIdentifier": "b"}]})
    assert failed_messages(answer, SENT, partial=False) == set()


@given(
    st.recursive(
        st.none() | st.booleans() | st.text() | st.integers(),
        lambda s: st.lists(s) | st.dictionaries(st.text(), s),
    )
)
def test_any_answer_is_judged(payload: object) -> None:
    assert failed_messages(reply(payload), SENT, partial=True) <= set(SENT)


@pytest.fixture(scope="module")
def endpoint() -> Iterator[str]:
    server = ThreadedMotoServer(ip_address="127.0.0.1", port=0, verbose=False)
    server.start()
    host, port = server.get_host_and_port()
    yield f"http://{host}:{port}"
    server.stop()


@pytest.fixture
def client(endpoint: str) -> Iterator[Any]:
    import boto3

    client = boto3.client(
        "sqs",
        endpoint_url=endpoint,
        region_name="us-east-1",
        aws_access_key_id="x",
        aws_secret_access_key="y",
    )
    yield client
    client.close()


class FakeFunction:
    """Answers calls as told, and remembers the batches and how many ran at once."""

    def __init__(self, answer: Callable[[list[dict[str, Any]]], Reply], pause_s: float = 0.0) -> None:
        self.answer, self.pause_s = answer, pause_s
        self.batches: list[list[dict[str, Any]]] = []
        self.running = self.most = 0

    async def call(self, call: Call, *, wait: bool = False) -> Reply:
        records = json.loads(call.event)["Records"]
        self.batches.append(records)
        self.running += 1
        self.most = max(self.most, self.running)
        await asyncio.sleep(self.pause_s)
        self.running -= 1
        return self.answer(records)

    @property
    def bodies(self) -> list[str]:
        return [record["body"] for batch in self.batches for record in batch]


def poll(client: Any, mapping: QueueMapping, function: FakeFunction, done: Callable[[], bool]) -> list[str]:
    """Poll until ``done``; returns what was noted."""
    notes: list[str] = []
    queue = open_queue(client, mapping, function_timeout_s=1)

    async def run() -> None:
        poller = QueuePoller(client, queue, mapping, function, notes.append)  # type: ignore[arg-type]
        task = asyncio.create_task(poller.run())
        for _ in range(400):
            if done():
                break
            await asyncio.sleep(0.05)
        poller.stop()
        await task

    asyncio.run(run())
    return notes


def make(client: Any, name: str, **attributes: str) -> str:
    url: str = client.create_queue(QueueName=name, Attributes={"VisibilityTimeout": "30", **attributes})[
        "QueueUrl"
    ]
    return url


def left(client: Any, url: str) -> int:
    names = ["ApproximateNumberOfMessages", "ApproximateNumberOfMessagesNotVisible"]
    found = client.get_queue_attributes(QueueUrl=url, AttributeNames=names)["Attributes"]
    return sum(int(value) for value in found.values())


def test_messages_come_in_batches_and_are_deleted(client: Any) -> None:
    url = make(client, "plain", VisibilityTimeout="30")
    for number in range(25):
        client.send_message(QueueUrl=url, MessageBody=str(number))
    function = FakeFunction(lambda records: reply(None))
    poll(client, QueueMapping(queue="plain", concurrency=2), function, lambda: len(function.bodies) == 25)
    assert sorted(map(int, function.bodies)) == list(range(25))
    assert all(len(batch) <= 10 for batch in function.batches)
    assert function.most <= 2
    assert left(client, url) == 0


def test_a_record_has_what_lambda_gives(client: Any) -> None:
    url = make(client, "record")
    attributes = {
        "text": {"DataType": "String", "StringValue": "v"},
        "bytes": {"DataType": "Binary", "BinaryValue": b"\x00\xff"},
    }
    client.send_message(QueueUrl=url, MessageBody="hello", MessageAttributes=attributes)
    queue = open_queue(client, QueueMapping(queue="record"), function_timeout_s=1)
    message = client.receive_message(QueueUrl=url, AttributeNames=["All"], MessageAttributeNames=["All"])[
        "Messages"
    ][0]
    (record,) = sqs_event([message], queue)["Records"]
    assert record["body"] == "hello"
    assert record["eventSource"] == "aws:sqs"
    assert record["eventSourceARN"].endswith(":record")
    assert record["awsRegion"] == "us-east-1"
    assert record["attributes"]["ApproximateReceiveCount"] == "1"
    assert record["messageAttributes"]["text"]["stringValue"] == "v"
    assert record["messageAttributes"]["bytes"]["binaryValue"] == "AP8="
    assert {"messageId", "receiptHandle", "md5OfBody"} <= set(record)


def test_a_failed_message_comes_back_and_ends_in_the_dead_letter_queue(client: Any) -> None:
    dead = make(client, "dead")
    arn = client.get_queue_attributes(QueueUrl=dead, AttributeNames=["QueueArn"])["Attributes"]["QueueArn"]
    url = make(
        client,
        "redriven",
        VisibilityTimeout="3",
        RedrivePolicy=json.dumps({"deadLetterTargetArn": arn, "maxReceiveCount": 2}),
    )
    for body in ("good", "bad", "fine"):
        client.send_message(QueueUrl=url, MessageBody=body)

    def answer(records: list[dict[str, Any]]) -> Reply:
        failures = [{"itemIdentifier": record["messageId"]} for record in records if record["body"] == "bad"]
        return reply({"batchItemFailures": failures})

    function = FakeFunction(answer)
    mapping = QueueMapping(queue="redriven", partial_failures=True, concurrency=1)
    notes = poll(client, mapping, function, lambda: left(client, dead) == 1)
    assert sorted(body for body in function.bodies if body != "bad") == ["fine", "good"]
    assert 1 <= function.bodies.count("bad") <= 2
    assert left(client, url) == 0
    assert any("1 of" in note and "stay in the queue" in note for note in notes)


def test_a_failed_batch_stays_whole(client: Any) -> None:
    url = make(client, "failing")
    for number in range(4):
        client.send_message(QueueUrl=url, MessageBody=str(number))
    function = FakeFunction(lambda records: reply({"errorMessage": "x"}, "Runtime.ImportModuleError"))
    poll(client, QueueMapping(queue="failing", concurrency=1), function, lambda: len(function.bodies) == 4)
    assert left(client, url) == 4


def test_a_window_gathers_a_larger_batch(client: Any) -> None:
    url = make(client, "window")
    for number in range(30):
        client.send_message(QueueUrl=url, MessageBody=str(number))
    function = FakeFunction(lambda records: reply(None))
    mapping = QueueMapping(queue="window", batch_size=30, window_s=1, concurrency=1)
    poll(client, mapping, function, lambda: len(function.bodies) == 30)
    assert max(len(batch) for batch in function.batches) > 10


def test_a_group_of_a_fifo_queue_keeps_its_order(client: Any) -> None:
    url = make(client, "ordered.fifo", FifoQueue="true", ContentBasedDeduplication="true")
    for number in range(12):
        for group in ("x", "y"):
            client.send_message(QueueUrl=url, MessageBody=f"{group}{number}", MessageGroupId=group)
    function = FakeFunction(lambda records: reply(None), pause_s=0.02)
    mapping = QueueMapping(queue="ordered.fifo", batch_size=3, concurrency=4)
    poll(client, mapping, function, lambda: len(function.bodies) == 24)
    for group in ("x", "y"):
        seen = [int(body[1:]) for body in function.bodies if body[0] == group]
        assert seen == list(range(12))


def test_once_stopped_nobody_asks_a_fifo_queue_any_more() -> None:
    asked: list[bool] = []

    class Client:
        def receive_message(self, **_: Any) -> dict[str, Any]:
            asked.append(True)
            loop.call_soon_threadsafe(poller.stop)
            time.sleep(0.2)  # as a long poll does; the others wait for their turn meanwhile
            return {}

    async def poll_until_stopped() -> None:
        nonlocal loop, poller
        loop = asyncio.get_running_loop()
        queue = Queue(url="https://q", arn="arn:aws:sqs:eu-west-1:1:q.fifo", visibility_s=30, fifo=True)
        mapping = QueueMapping(queue="q.fifo", concurrency=4)
        poller = QueuePoller(Client(), queue, mapping, FakeFunction(lambda _: reply(None)), print)  # type: ignore[arg-type]
        await poller.run()

    loop: asyncio.AbstractEventLoop
    poller: QueuePoller
    asyncio.run(poll_until_stopped())
    assert len(asked) == 1


@pytest.mark.parametrize(
    ("mapping", "timeout_s", "message"),
    [
        (
            QueueMapping(queue="limits"),
            31,
            "Queue visibility timeout: 1 seconds is less than Function timeout: 31 seconds",
        ),
        (QueueMapping(queue="limits", batch_size=11), 1, "needs a batch-window of at least 1 second"),
        (QueueMapping(queue="limits", batch_size=10_001, window_s=1), 1, "Lambda takes 1 to 10000"),
        (QueueMapping(queue="limits", window_s=301), 1, "batch-window is 301"),
        (QueueMapping(queue="limits.fifo", batch_size=11), 1, "Lambda takes 1 to 10"),
        (QueueMapping(queue="limits.fifo", window_s=1), 1, "none for FIFO"),
    ],
)
def test_a_mapping_that_lambda_would_not_take_is_refused(
    client: Any, mapping: QueueMapping, timeout_s: int, message: str
) -> None:
    make(client, "limits", VisibilityTimeout="1")
    make(client, "limits.fifo", FifoQueue="true", VisibilityTimeout="1")
    with pytest.raises(UsageError, match=message):
        open_queue(client, mapping, function_timeout_s=timeout_s)


def test_a_queue_that_is_not_there_is_told(client: Any) -> None:
    with pytest.raises(AwsError, match=r"the queue nowhere can.t be read at http://127\.0\.0\.1") as caught:
        open_queue(client, QueueMapping(queue="nowhere"), function_timeout_s=1)
    assert "does it exist there" in (caught.value.hint or "")
