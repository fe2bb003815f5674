"""SQS event source mappings: what Lambda's own pollers do between a queue and a function.

Messages are received, batched, handed to the function and deleted; those that fail are left to the queue, whose visibility
timeout brings them back and whose redrive policy, if it has one, moves them to a dead-letter queue.
"""

from __future__ import annotations

import asyncio
import base64
import contextlib
import json
import time
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from typing import Any, Final

from layerwright.errors import AwsError, UsageError
from layerwright.run.call import MAX_EVENT_BYTES, Reply, new_call
from layerwright.run.pool import Pool

_AT_MOST: Final = 10
"""What one call of SQS receives or deletes."""
_POLL_S: Final = 2
_BACK_OFF_S: Final = (0.5, 1.0, 2.0, 5.0)
DEFAULT_POLLERS: Final = 5
"""Lambda's own start."""


@dataclass(frozen=True, slots=True, kw_only=True)
class QueueMapping:
    """What connects a queue to a function, in the words of Lambda's event source mappings.

    ``queue`` is a name, a URL or an ARN. ``concurrency`` is the most batches at once, None for Lambda's start of five pollers.
    ``partial_failures`` is ReportBatchItemFailures.
    """

    queue: str
    batch_size: int = 10
    window_s: int = 0
    partial_failures: bool = False
    concurrency: int | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Queue:
    """A queue that is there."""

    url: str
    arn: str
    visibility_s: int
    fifo: bool

    @property
    def region(self) -> str:
        """The region of its ARN."""
        return self.arn.split(":")[3]


def open_queue(client: Any, mapping: QueueMapping, *, function_timeout_s: int) -> Queue:
    """Return the queue of a mapping, looked up.

    Raises UsageError, in Lambda's words, for a mapping that Lambda would not take, AwsError for a queue that is not there.
    """
    from botocore.exceptions import BotoCoreError, ClientError

    try:
        url = _url(client, mapping.queue)
        attributes = client.get_queue_attributes(QueueUrl=url, AttributeNames=["All"])["Attributes"]
    except (BotoCoreError, ClientError) as error:
        raise AwsError(
            f"the queue {mapping.queue} can't be read at {client.meta.endpoint_url}: {error}",
            hint="does it exist there, and in this region? `--endpoint-url` or AWS_ENDPOINT_URL_SQS names another place",
        ) from error
    queue = Queue(
        url=url,
        arn=attributes["QueueArn"],
        visibility_s=int(attributes["VisibilityTimeout"]),
        fifo=attributes.get("FifoQueue") == "true",
    )
    _check(mapping, queue, function_timeout_s)
    return queue


def _url(client: Any, queue: str) -> str:
    if queue.startswith(("http://", "https://")):
        return queue
    url: str = client.get_queue_url(QueueName=queue.rpartition(":")[2])["QueueUrl"]
    return url


def _check(mapping: QueueMapping, queue: Queue, function_timeout_s: int) -> None:
    where = f"queue {mapping.queue}"
    if queue.visibility_s < function_timeout_s:
        raise UsageError(
            f"{where}: Queue visibility timeout: {queue.visibility_s} seconds is less than Function timeout: "
            f"{function_timeout_s} seconds",
            hint="AWS advises six times the function's timeout",
        )
    most = 10 if queue.fifo else 10_000
    if not 1 <= mapping.batch_size <= most:
        raise UsageError(
            f"{where}: batch-size is {mapping.batch_size}, Lambda takes 1 to {most} for this kind of queue"
        )
    if mapping.batch_size > 10 and mapping.window_s < 1:
        raise UsageError(f"{where}: a batch-size above 10 needs a batch-window of at least 1 second")
    if not 0 <= mapping.window_s <= 300 or (queue.fifo and mapping.window_s):
        raise UsageError(
            f"{where}: batch-window is {mapping.window_s}, Lambda takes 0 to 300 seconds, and none for FIFO"
        )
    if mapping.concurrency is not None and not 1 <= mapping.concurrency <= 1000:
        raise UsageError(f"{where}: maximum-concurrency is {mapping.concurrency}, Lambda takes 2 to 1000")


class QueuePoller:
    """Polls one queue for one function until it is stopped.

    ``on_note`` hears of what goes wrong between the queue and the function.
    """

    def __init__(
        self, client: Any, queue: Queue, mapping: QueueMapping, pool: Pool, on_note: Callable[[str], None]
    ) -> None:
        """Keep what is connected; nothing is polled yet."""
        self._client = client
        self._queue = queue
        self._mapping = mapping
        self._pool = pool
        self._note = on_note
        self._workers = mapping.concurrency or DEFAULT_POLLERS
        self._threads = ThreadPoolExecutor(self._workers * 2, thread_name_prefix="sqs")
        self._stopping = asyncio.Event()
        self._turn = asyncio.Lock()

    def stop(self) -> None:
        """Begin no other batch; those in flight are finished."""
        self._stopping.set()

    async def run(self) -> None:
        """Poll until stopped; returns once the last batch is finished."""
        try:
            await asyncio.gather(*(self._work() for _ in range(self._workers)))
        finally:
            self._threads.shutdown(wait=False, cancel_futures=True)

    async def _work(self) -> None:
        failures = 0
        while not self._stopping.is_set():
            try:
                batch = await self._collect()
                for part in payloads(batch, self._queue):
                    if not await self._process(part) and self._queue.fifo:
                        break  # what comes later of a group waits for what failed
                failures = 0
            except _botocore_errors() as error:
                delay_s = _BACK_OFF_S[min(failures, len(_BACK_OFF_S) - 1)]
                failures += 1
                if failures == 1:
                    self._note(f"queue {self._mapping.queue}: {error}; trying again")
                await self._pause(delay_s)

    async def _pause(self, seconds: float) -> None:
        try:
            await asyncio.wait_for(self._stopping.wait(), seconds)
        except TimeoutError:
            return

    async def _collect(self) -> list[dict[str, Any]]:
        """Return a batch: full, or what came within the window, or nothing."""
        batch: list[dict[str, Any]] = []
        size = 0
        until: float | None = None
        while not self._stopping.is_set() and len(batch) < self._mapping.batch_size:
            left = _POLL_S if until is None else until - time.monotonic()
            if batch and left <= 0:
                break
            wanted = min(_AT_MOST, self._mapping.batch_size - len(batch))
            # One receives at a time where order counts: not every endpoint keeps a group from two that ask at once.
            async with self._turn if self._queue.fifo else contextlib.nullcontext():
                if self._stopping.is_set():
                    break
                found = await self._receive(wanted, max(0, min(_POLL_S, int(left))))
            if found and until is None:
                until = time.monotonic() + self._mapping.window_s
            if not found and until is None:
                break
            batch += found
            size += sum(len(message["Body"]) for message in found)
            if size > MAX_EVENT_BYTES * 3 // 4:
                break
        return batch

    async def _receive(self, number: int, wait_s: int) -> list[dict[str, Any]]:
        answer = await self._ask(
            self._client.receive_message,
            QueueUrl=self._queue.url,
            MaxNumberOfMessages=number,
            WaitTimeSeconds=wait_s,
            AttributeNames=["All"],
            MessageAttributeNames=["All"],
        )
        messages: list[dict[str, Any]] = answer.get("Messages", [])
        return messages

    async def _ask(self, method: Callable[..., Any], **arguments: Any) -> Any:
        return await asyncio.get_running_loop().run_in_executor(self._threads, lambda: method(**arguments))

    async def _process(self, batch: Sequence[dict[str, Any]]) -> bool:
        """Hand a batch to the function, and delete what is done; returns whether all is."""
        event = sqs_event(batch, self._queue)
        reply = await self._pool.call(new_call(json.dumps(event).encode()), wait=True)
        failed = failed_messages(
            reply, [message["MessageId"] for message in batch], partial=self._mapping.partial_failures
        )
        done = [message for message in batch if message["MessageId"] not in failed]
        if failed:
            self._note(
                f"queue {self._mapping.queue}: {len(failed)} of {len(batch)} messages failed, and stay in the queue"
            )
        await self._delete(done)
        return not failed

    async def _delete(self, messages: Sequence[dict[str, Any]]) -> None:
        for start in range(0, len(messages), _AT_MOST):
            part = messages[start : start + _AT_MOST]
            entries = [
                {"Id": str(number), "ReceiptHandle": message["ReceiptHandle"]}
                for number, message in enumerate(part)
            ]
            for attempt in range(3):
                try:
                    answer = await self._ask(
                        self._client.delete_message_batch, QueueUrl=self._queue.url, Entries=entries
                    )
                except _botocore_errors():
                    if attempt == 2:
                        raise
                    await asyncio.sleep(_BACK_OFF_S[attempt])
                    continue
                for failure in answer.get("Failed", []):
                    self._note(
                        f"queue {self._mapping.queue}: a message was not deleted: {failure.get('Message')}"
                    )
                break


def payloads(
    batch: Iterable[Mapping[str, Any]], queue: Queue, limit_bytes: int = MAX_EVENT_BYTES
) -> Iterator[list[Any]]:
    """Yield the messages of a batch in parts, in order, so that the event of each is no larger than a function takes."""
    part: list[Any] = []
    size = len('{"Records": []}')
    for message in batch:
        grown = len(json.dumps(_record(message, queue))) + len(", ")
        if part and size + grown > limit_bytes:
            yield part
            part, size = [], len('{"Records": []}')
        part.append(message)
        size += grown
    if part:
        yield part


def sqs_event(batch: Iterable[Mapping[str, Any]], queue: Queue) -> dict[str, Any]:
    """Return the event of a batch, as Lambda gives it to a function."""
    return {"Records": [_record(message, queue) for message in batch]}


def _record(message: Mapping[str, Any], queue: Queue) -> dict[str, Any]:
    record = {
        "messageId": message["MessageId"],
        "receiptHandle": message["ReceiptHandle"],
        "body": message["Body"],
        "attributes": dict(message.get("Attributes", {})),
        "messageAttributes": {
            name: _attribute(value) for name, value in message.get("MessageAttributes", {}).items()
        },
        "md5OfBody": message["MD5OfBody"],
        "eventSource": "aws:sqs",
        "eventSourceARN": queue.arn,
        "awsRegion": queue.region,
    }
    if "MD5OfMessageAttributes" in message:
        record["md5OfMessageAttributes"] = message["MD5OfMessageAttributes"]
    return record


def _attribute(value: Mapping[str, Any]) -> dict[str, Any]:
    attribute: dict[str, Any] = {
        "stringListValues": [],
        "binaryListValues": [],
        "dataType": value["DataType"],
    }
    if "StringValue" in value:
        attribute["stringValue"] = value["StringValue"]
    if "BinaryValue" in value:
        attribute["binaryValue"] = base64.b64encode(value["BinaryValue"]).decode()
    return attribute


def failed_messages(reply: Reply, sent: Sequence[str], *, partial: bool) -> frozenset[str]:
    """Return the ids of the messages of a batch that failed, by the rules of ReportBatchItemFailures.

    An error, or an answer that does not name messages as it should, fails the whole batch; an empty one fails none.
    """
    if reply.error_type is not None:
        return frozenset(sent)
    if not partial:
        return frozenset()
    try:
        answer = json.loads(reply.payload)
    except ValueError:
        return frozenset(sent)
    failures = answer.get("batchItemFailures") if isinstance(answer, dict) else None
    if not isinstance(failures, list):
        return frozenset() if failures is None else frozenset(sent)
    named = [item.get("itemIdentifier") if isinstance(item, dict) else None for item in failures]
    if not all(isinstance(name, str) and name in sent for name in named):
        return frozenset(sent)
    return frozenset(name for name in named if isinstance(name, str))


def _botocore_errors() -> tuple[type[Exception], ...]:
    from botocore.exceptions import BotoCoreError, ClientError

    return BotoCoreError, ClientError
