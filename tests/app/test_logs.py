"""What a process logs: one readable line a happening, and never a secret, at any level and in any trace."""

import subprocess
import sys
from pathlib import Path

ROOT = Path(__file__).parents[2]
BOT_TOKEN = "7316250984:AAGq3Zt8vKpW1nHs5DfLcJ4bRm9XyTuE2oQ"
SIGNING_SECRET = "f1d2a79c03be4b568a1972dd30c5e84b"


def logged_by(source: str, *, code: int = 0) -> str:
    prelude = (
        "import logging, structlog\nfrom app.logs import set_up\n"
        f"set_up(frozenset({{{SIGNING_SECRET!r}}}), level=logging.DEBUG)\nlog = structlog.get_logger()\n"
    )
    done = subprocess.run(
        [sys.executable, "-c", prelude + source], cwd=ROOT, capture_output=True, text=True, check=False
    )
    assert (done.returncode, done.stdout) == (code, "")
    return done.stderr


def test_a_happening_is_one_line_of_keys_and_values():
    line = logged_by("log.info('answer_accepted', task_id=5, by='lin', note='two words')")
    assert line.count("\n") == 1
    assert 'level=info event=answer_accepted task_id=5 by=lin note="two words"' in line


def test_no_secret_is_logged_in_a_value_a_trace_or_a_librarys_line():
    told = logged_by(
        "url = 'https://api.telegram.org/bot" + BOT_TOKEN + "/sendMessage'\n"
        "log.info('sending', url=url, key='" + SIGNING_SECRET + "')\n"
        "logging.getLogger('some.library').debug('HTTP Request: POST %s', url)\n"
        "try:\n    raise ConnectionError(url)\n"
        "except ConnectionError:\n    log.exception('send_failed'); logging.getLogger('other').exception('failed')\n"
    )
    assert told.count("ConnectionError: https://api.telegram.org/bot[secret]/sendMessage") == 2
    assert BOT_TOKEN not in told
    assert SIGNING_SECRET not in told


def test_everyday_words_of_chatty_libraries_are_left_out_and_their_warnings_kept():
    told = logged_by("for say in ('info', 'warning'): getattr(logging.getLogger('httpx'), say)('%s of httpx', say)")
    assert "info of httpx" not in told
    assert "warning of httpx" in told


def test_a_crash_is_told_with_its_trace_and_without_its_secret():
    told = logged_by(f"raise ConnectionError('/bot{BOT_TOKEN}/getMe')", code=1)
    assert "level=critical event=crashed" in told
    assert "ConnectionError: /bot[secret]/getMe" in told
    assert BOT_TOKEN not in told


def test_a_crash_of_a_thread_is_told_without_its_secret():
    source = f"import threading\ndef work():\n    raise ConnectionError('/bot{BOT_TOKEN}/getMe')\n"
    told = logged_by(source + "thread = threading.Thread(target=work); thread.start(); thread.join()")
    assert "ConnectionError: /bot[secret]/getMe" in told
    assert BOT_TOKEN not in told
