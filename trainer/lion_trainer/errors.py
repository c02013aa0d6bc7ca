"""How a command of this package ends: what went wrong in one sentence, and the exit code that says whose turn it is."""

from __future__ import annotations

import contextlib
import errno
import os
import signal
import sys
import traceback
from collections.abc import Callable, Iterator
from types import FrameType
from typing import NoReturn

BAD_INPUT_EXIT = 2
FAILURE_EXIT = 1
SAVED_EXIT = 75  # EX_TEMPFAIL of sysexits.h: the same command goes on where this one stopped
STOPPED_EXIT = 143  # 128 + SIGTERM, what a shell reports for a process that a TERM ended


class BadInput(Exception):
    """The user gave something that cannot be used: a missing file, a broken row, flags that contradict each other."""


class TrainerError(Exception):
    """The input was fine and the work failed all the same, for a reason the user can act on."""


class Stopped(Exception):
    """The process was asked to end (SIGTERM or Ctrl-C) and there was nothing to save."""


class StoppedAndSaved(Exception):
    """The process was asked to end and has saved its work: the same command goes on from there."""


def _raise_stopped(_signal: int, _frame: FrameType | None) -> None:
    raise Stopped("stopped by a signal")


def stop_on_sigterm() -> None:
    """Turn SIGTERM into the exception `Stopped`, so that a stopped job can still say so in its state file."""
    signal.signal(signal.SIGTERM, _raise_stopped)


class StopRequest:
    """SIGTERM as a wish that is looked at between two steps, instead of an exception in the middle of one."""

    def __init__(self) -> None:
        self.made = False
        signal.signal(signal.SIGTERM, self._note)

    def _note(self, _signal: int, _frame: FrameType | None) -> None:
        self.made = True


def is_disk_full(error: BaseException) -> bool:
    """Whether a full disk (or a used-up quota) is behind an error, however libraries wrapped it up."""
    seen: set[int] = set()
    waiting: list[BaseException | None] = [error]
    while waiting:
        one = waiting.pop()
        if one is None or id(one) in seen:
            continue
        seen.add(id(one))
        if isinstance(one, OSError) and one.errno in (errno.ENOSPC, errno.EDQUOT):
            return True
        if "No space left on device" in str(one) or "StorageFull" in str(one):
            return True
        waiting += [one.__cause__, one.__context__]
        # torch.distributed.checkpoint keeps each process's (error, traceback) in this.
        failures = getattr(one, "failures", {})
        waiting += [failure[0] for failure in failures.values()] if isinstance(failures, dict) else []
    return False


@contextlib.contextmanager
def saying_disk_full(what: str) -> Iterator[None]:
    """Turn a full disk into a sentence that names what could not be written. Raises TrainerError."""
    try:
        yield
    except (BadInput, TrainerError):
        raise  # the sentence is there already
    except BaseException as error:  # torch.distributed.checkpoint raises what is no Exception
        if not is_disk_full(error):
            raise
        raise TrainerError(
            f"The disk is full: {what} could not be written; free some space and run the same command again."
        ) from error


def run_command(main: Callable[[], None]) -> NoReturn:
    """Run a command's main function and leave the process: exit code 0, 2 for bad input, 75 for a run that was stopped
    and has saved its work, 143 for one that was stopped without, 1 for any other failure.

    Every process of a distributed run reads the same input and finds the same fault, so only the first one says so.
    A bug (any other exception) keeps its traceback, since that is what the log is for.
    """
    rank = int(os.environ.get("RANK", "0"))
    try:
        with saying_disk_full("the log"):
            main()
    except BadInput as error:
        _complain(f"error: {error}", rank)
        leave(BAD_INPUT_EXIT)
    except TrainerError as error:
        _complain(f"error: {error}", rank)
        leave(FAILURE_EXIT)
    except StoppedAndSaved as error:
        _complain(str(error), rank)
        leave(SAVED_EXIT)
    except (Stopped, KeyboardInterrupt):
        _complain("stopped")
        leave(STOPPED_EXIT)
    except Exception as error:
        with contextlib.suppress(OSError):
            traceback.print_exc()
        _complain(f"error: {type(error).__name__}: {error}")
        leave(FAILURE_EXIT)
    leave(0)


def _complain(line: str, rank: int = 0) -> None:
    # The disk that the log is on may be the full one.
    with contextlib.suppress(OSError):
        if rank == 0:
            print(line, file=sys.stderr, flush=True)


def leave(code: int) -> NoReturn:
    """End the process at once: what matters is on disk by now, and taking down an interpreter full of torch is slow."""
    for stream in (sys.stdout, sys.stderr):
        with contextlib.suppress(OSError):
            stream.flush()
    os._exit(code)
