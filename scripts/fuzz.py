"""Have every check judge layers that are damaged at random: none may crash, and none may take long.

    make fuzz [SECONDS=60] [SEED=1]

Prints each failure with the number that brings it back (``SEED=N SECONDS=0``); the exit code is 1 where there was one.
"""

from __future__ import annotations

import argparse
import sys
import time
from collections.abc import Iterator
from itertools import count
from pathlib import Path

sys.path.insert(0, str(Path(__file__).parents[1] / "tests"))

from factories.mutations import mutated_subject
from factories.seeds import seed_layers
from layerwright.checks.run import run_checks

SLOW_S = 5.0


def main() -> int:
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("--seconds", type=float, default=60.0)
    parser.add_argument("--seed", type=int, default=1)
    arguments = parser.parse_args()
    layers = seed_layers()
    end = time.monotonic() + arguments.seconds
    failures = tried = 0
    for seed in count(arguments.seed):
        for failure in judge(seed, layers):
            print(f"seed {seed}: {failure}", flush=True)
            failures += 1
        tried += 1
        if time.monotonic() >= end:
            break
    print(f"{tried} layers judged, {failures} failures")
    return 1 if failures else 0


def judge(seed: int, layers: tuple[dict[str, bytes], ...]) -> Iterator[str]:
    started = time.process_time()
    result = run_checks(mutated_subject(seed, layers))
    yield from (f"{one.check} crashed: {one.error}" for one in result.crashed)
    took = time.process_time() - started
    if took > SLOW_S:
        yield f"{took:.1f} s"


if __name__ == "__main__":
    sys.exit(main())
