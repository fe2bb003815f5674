"""The environments of one function: as many as there are calls at once, kept warm, renewed when the code changes."""

from __future__ import annotations

import asyncio
import time
from collections.abc import Callable
from typing import Final

from layerwright.errors import LayerwrightError
from layerwright.run.call import Call, Reply, error_payload
from layerwright.run.execution import Environment, Ground
from layerwright.run.function import Function
from layerwright.run.reload import Seen, fingerprint

DEFAULT_CONCURRENCY: Final = 100
_LOOK_EVERY_S: Final = 0.5
_IDLE_S: Final = 600.0
_FEW_FILES: Final = 200
_QUIET_S: Final = 0.25
_LONGEST_NOISE_S: Final = 5.0


class ThrottledError(Exception):
    """As many calls are being served as the function may serve at once."""


class Pool:
    """Serves calls of one function; belongs to one event loop."""

    def __init__(self, function: Function, make_ground: Callable[[], Ground]) -> None:
        """Keep the function, and how its ground is made; ``make_ground`` may take long, and is called in a thread."""
        self.function = function
        self._make_ground = make_ground
        self._ground: Ground | None = None
        self._seen: frozenset[Seen] = frozenset()
        self._looked = 0.0
        self._idle: list[tuple[Environment, float]] = []
        self._limit = function.concurrency or DEFAULT_CONCURRENCY
        self._busy = 0
        self._called = 0.0
        self._closing = False
        self._finishing = 0
        self._freed: list[asyncio.Future[None]] = []
        self._waiting: list[asyncio.Future[None]] = []
        self._preparing = asyncio.Lock()
        self._spare: Environment | None = None
        self._making_spare: asyncio.Task[None] | None = None
        self._generation = 0

    async def prepare(self) -> Ground:
        """Return the ground, made anew where the code or the layers have changed since."""
        now = time.monotonic()
        if self._ground is not None and now - self._looked < _LOOK_EVERY_S:
            return self._ground
        async with self._preparing:
            if self._ground is not None and time.monotonic() - self._looked < _LOOK_EVERY_S:
                return self._ground
            # A thread costs more than a look at few files, and a call waits for it.
            if self._ground is not None and len(self._seen) <= _FEW_FILES:
                seen = fingerprint(self.function)
            else:
                seen = await asyncio.to_thread(fingerprint, self.function)
            if self._ground is None or seen != self._seen:
                self._ground = await asyncio.to_thread(self._make_ground)
                self._seen = seen
                self._generation += 1
                await self._drop_idle()
                self._make_spare()
            self._looked = time.monotonic()
            return self._ground

    async def call(
        self, call: Call, *, wait: bool = False, on_answer: Callable[[bytes, str | None], None] | None = None
    ) -> Reply:
        """Carry out a call in an idle environment, or a new one; whatever the function does, a reply comes back.

        ``on_answer`` hears of the handler's answer before the log is complete. Raises ThrottledError where all are busy, unless ``wait``.
        """
        while self._busy >= self._limit:
            if not wait:
                raise ThrottledError
            turn: asyncio.Future[None] = asyncio.get_running_loop().create_future()
            self._waiting.append(turn)
            await turn
        self._busy += 1
        try:
            return await self._carry_out(call, on_answer)
        finally:
            self._busy -= 1
            self._called = time.monotonic()
            if self._waiting:
                self._waiting.pop(0).set_result(None)

    async def _carry_out(self, call: Call, on_answer: Callable[[bytes, str | None], None] | None) -> Reply:
        finishing = False
        environment = None

        def answered(payload: bytes, error_type: str | None) -> None:
            nonlocal finishing
            finishing = True
            self._finishing += 1
            if on_answer is not None:
                on_answer(payload, error_type)

        try:
            ground = await self.prepare()
            generation = self._generation
            environment = await self._take() or await self._take_spare() or Environment(ground)
            reply = await environment.call(call, answered)
            if reply.cold:
                self._make_spare()
            if environment.alive and generation == self._generation:
                self._idle.append((environment, time.monotonic()))
            else:
                await environment.close()
        except LayerwrightError as error:
            # The layers can't be laid or the sandbox not be started: what a broken deployment is on Lambda.
            if environment is not None:
                await environment.close()
            hint = f" ({error.hint})" if error.hint else ""
            return Reply(
                payload=error_payload("Runtime.SandboxError", f"{error}{hint}"),
                error_type="Runtime.SandboxError",
            )
        finally:
            self._finishing -= finishing
            if self._freed:
                self._freed.pop(0).set_result(None)
        return reply

    async def _take(self) -> Environment | None:
        """Return the environment that was used last, so that the others can grow old; None where all are busy.

        One that has answered and is about to be free is waited for: a caller that calls again at once gets the same.
        """
        while True:
            while self._idle:
                environment, _ = self._idle.pop()
                if environment.alive:
                    return environment
            if self._finishing <= len(self._freed):
                return None
            free: asyncio.Future[None] = asyncio.get_running_loop().create_future()
            self._freed.append(free)
            await free

    def _make_spare(self) -> None:
        """Have an interpreter stand by, as Lambda has: a cold start then costs what the function itself imports."""
        if self._making_spare is None and self._spare is None and self._ground is not None:
            self._making_spare = asyncio.create_task(self._stand_by())

    async def _wait_for_quiet(self) -> None:
        """Return once no call has come for a moment: a start takes time from those that run. Who never rests is not waited for."""
        until = time.monotonic() + _LONGEST_NOISE_S
        while not self._closing and (now := time.monotonic()) < until:
            if not self._busy and now - self._called >= _QUIET_S:
                return
            await asyncio.sleep(_QUIET_S / 2)

    async def _stand_by(self) -> None:
        environment = None
        try:
            await self._wait_for_quiet()
            generation, ground = self._generation, self._ground
            if ground is None or self._closing:
                return
            environment = Environment(ground)
            await environment.stand_by()
            if generation == self._generation:
                self._spare, environment = environment, None
        except LayerwrightError:
            pass  # the next call finds out, and says so
        finally:
            self._making_spare = None
            if environment is not None:
                await environment.close()

    async def _take_spare(self) -> Environment | None:
        spare, self._spare = self._spare, None
        if spare is not None and not spare.stands_by:
            await spare.close()  # it ended while it waited
            return None
        return spare

    async def retire(self) -> None:
        """End the environments that have had nothing to do for long."""
        limit = time.monotonic() - _IDLE_S
        old = [environment for environment, since in self._idle if since < limit]
        self._idle = [pair for pair in self._idle if pair[1] >= limit]
        for environment in old:
            await environment.close()

    async def close(self) -> None:
        """End all environments that are idle; those that are busy end with their call."""
        self._generation += 1
        self._closing = True
        if self._making_spare is not None:
            await self._making_spare
        await self._drop_idle()

    async def _drop_idle(self) -> None:
        idle, self._idle = self._idle, []
        spare, self._spare = self._spare, None
        await asyncio.gather(
            *(environment.close() for environment, _ in idle),
            *((spare.close(),) if spare is not None else ()),
        )
