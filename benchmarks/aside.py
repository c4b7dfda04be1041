"""Work in a process of its own, so that it does not wait for the interpreter's lock of what is measured."""

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from multiprocessing import get_context
from multiprocessing.connection import Connection


@contextmanager
def aside(serve: Callable[[Connection], None]) -> Iterator[Connection]:
    """Let ``serve`` run beside the block, with the other end of the line that is given."""
    context = get_context("spawn")
    mine, theirs = context.Pipe()
    process = context.Process(target=serve, args=(theirs,), daemon=True)
    process.start()
    yield mine
    process.kill()
    process.join()
