"""One line for each happening, as ``key=value`` pairs on standard error, with every secret masked."""

import logging
import sys
import threading
from types import TracebackType
from typing import Final

import structlog
from structlog.typing import EventDict, Processor, WrappedLogger

from app.credentials import masked

_QUIET: Final = (
    "httpx", "httpcore", "telegram", "slack_sdk", "slack_bolt", "uvicorn", "rq", "alembic", "matplotlib", "fontTools",
    "fpdf",
)  # fmt: skip
"""Libraries whose everyday words nobody needs; their warnings are kept."""

_FIRST_KEYS: Final = ("at", "level", "event")


def set_up(secrets: frozenset[str], *, level: int = logging.INFO) -> None:
    """Send what this process logs, its libraries included, to standard error, without any of the secrets."""
    render = structlog.processors.LogfmtRenderer(key_order=_FIRST_KEYS, drop_missing=True, bool_as_flag=False)

    def safely(logger: WrappedLogger, name: str, event: EventDict) -> str:
        trace = event.pop("exception", "")  # kept as lines of its own: a trace in one line can't be read
        text = render(logger, name, event)
        return masked(f"{text}\n{trace}" if trace else str(text), secrets)

    shared: list[Processor] = [
        structlog.contextvars.merge_contextvars,
        structlog.stdlib.add_log_level,
        structlog.processors.TimeStamper(fmt="iso", utc=True, key="at"),
        structlog.processors.format_exc_info,
    ]
    structlog.configure(
        processors=[*shared, safely],
        wrapper_class=structlog.make_filtering_bound_logger(level),
        logger_factory=structlog.PrintLoggerFactory(sys.stderr),
        cache_logger_on_first_use=True,
    )
    handler = logging.StreamHandler(sys.stderr)
    drop = structlog.stdlib.ProcessorFormatter.remove_processors_meta
    handler.setFormatter(structlog.stdlib.ProcessorFormatter(processors=[drop, safely], foreign_pre_chain=shared))
    root = logging.getLogger()
    root.handlers[:] = [handler]
    root.setLevel(level)
    for name in _QUIET:
        logging.getLogger(name).setLevel(logging.WARNING)
    sys.excepthook = _log_crash
    threading.excepthook = lambda told: _log_crash(told.exc_type, told.exc_value, told.exc_traceback)


def _log_crash(kind: type[BaseException], error: BaseException | None, trace: TracebackType | None) -> None:
    """Log what ends a process or a thread like everything else, so that its trace is masked too."""
    if error is not None and not issubclass(kind, KeyboardInterrupt | SystemExit):
        logging.getLogger("app").critical("crashed", exc_info=(kind, error, trace))
