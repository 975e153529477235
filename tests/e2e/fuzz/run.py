"""Try the readers of input on hostile input for as long as wanted.

python tests/e2e/fuzz/run.py [--seconds 600] [--seed N] [LAW …]
"""

from __future__ import annotations

import argparse
import faulthandler
import itertools
import logging
import random
import sys
import time
from importlib import import_module
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Sequence

    from lockplane_core.testing.hostile import Law

_MODULES = ("test_sql", "test_json", "test_settings", "test_plans")
_BATCH = 200
"""Inputs of one seed: what a seed that was printed tries again."""


def main(words: Sequence[str]) -> int:
    """Run the laws in turn until the time is over; 1 at the first input that breaks one."""
    laws: dict[str, Law] = {}
    for module in _MODULES:
        laws |= import_module(module).LAWS
    asked = _asked(words, list(laws))
    logging.disable()
    faulthandler.enable()
    end, done = time.monotonic() + asked.seconds, 0
    for seed in itertools.count(asked.seed):
        for name in asked.law or laws:
            if time.monotonic() >= end:
                sys.stdout.write(f"{done} inputs, none of them broke a law\n")
                return 0
            sys.stdout.write(f"{name} --seed {seed}\n")
            sys.stdout.flush()
            laws[name].tried(_BATCH, seed)
            done += _BATCH
    return 0


def _asked(words: Sequence[str], known: Sequence[str]) -> argparse.Namespace:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("law", nargs="*", metavar="LAW", help=f"one of {', '.join(known)}")
    parser.add_argument("--seconds", type=float, default=60, help="how long (default: 60)")
    parser.add_argument("--seed", type=int, default=random.randrange(2**32))  # noqa: S311
    asked = parser.parse_args(words)
    if unknown := set(asked.law) - set(known):
        parser.error(f"unknown: {', '.join(sorted(unknown))}")
    return asked


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
