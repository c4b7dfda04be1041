"""How the threads of a process share the interpreter."""

import sys
from typing import Final

_SWITCH_S: Final = 0.0005


def share_often() -> None:
    """Let a thread that comes back from the database or the network go on within half a millisecond.

    By itself it waits up to five while another one computes, and a tap or a message comes back a dozen times: with
    several on their way at once, a message was measured to take a third less.
    """
    sys.setswitchinterval(_SWITCH_S)
