"""How a command of this package ends: what went wrong in one sentence, and the exit code that says whose turn it is."""

from __future__ import annotations

import os
import signal
import sys
import traceback
from collections.abc import Callable
from types import FrameType
from typing import NoReturn

BAD_INPUT_EXIT = 2
FAILURE_EXIT = 1
STOPPED_EXIT = 143  # 128 + SIGTERM, what a shell reports for a process that a TERM ended


class BadInput(Exception):
    """The user gave something that cannot be used: a missing file, a broken row, flags that contradict each other."""


class TrainerError(Exception):
    """The input was fine and the work failed all the same, for a reason the user can act on."""


class Stopped(Exception):
    """The process was asked to end (SIGTERM or Ctrl-C)."""


def _raise_stopped(_signal: int, _frame: FrameType | None) -> None:
    raise Stopped("stopped by a signal")


def stop_on_sigterm() -> None:
    """Turn SIGTERM into the exception `Stopped`, so that a stopped job can still say so in its state file."""
    signal.signal(signal.SIGTERM, _raise_stopped)


def run_command(main: Callable[[], None]) -> NoReturn:
    """Run a command's main function and leave the process: exit code 0, 2 for bad input, 1 for any other failure.

    Every process of a distributed run reads the same input and finds the same fault, so only the first one says so.
    A bug (any other exception) keeps its traceback, since that is what the log is for.
    """
    rank = int(os.environ.get("RANK", "0"))
    try:
        main()
    except BadInput as error:
        if rank == 0:
            print(f"error: {error}", file=sys.stderr)
        leave(BAD_INPUT_EXIT)
    except TrainerError as error:
        if rank == 0:
            print(f"error: {error}", file=sys.stderr)
        leave(FAILURE_EXIT)
    except (Stopped, KeyboardInterrupt):
        print("stopped", file=sys.stderr)
        leave(STOPPED_EXIT)
    except Exception as error:
        traceback.print_exc()
        print(f"error: {type(error).__name__}: {error}", file=sys.stderr)
        leave(FAILURE_EXIT)
    leave(0)


def leave(code: int) -> NoReturn:
    """End the process at once: what matters is on disk by now, and taking down an interpreter full of torch is slow."""
    sys.stdout.flush()
    sys.stderr.flush()
    os._exit(code)
