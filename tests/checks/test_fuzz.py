"""No damage makes a check crash: a hundred layers here, as many as one likes by ``make fuzz``."""

import pytest

from factories.mutations import mutated_subject
from factories.seeds import seed_layers
from layerwright.checks.run import run_checks


@pytest.mark.parametrize("first", range(0, 100, 10))
def test_no_check_crashes(first):
    layers = seed_layers()
    for seed in range(first, first + 10):
        assert not run_checks(mutated_subject(seed, layers)).crashed, f"make fuzz SEED={seed} SECONDS=0"
