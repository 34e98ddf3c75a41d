"""The `heatlens` command."""

import os
import signal
import sys

from . import _heatlens


def main() -> None:
    """Run the command with the arguments of this process."""
    # The command listens for Ctrl-C itself.
    signal.signal(signal.SIGINT, signal.SIG_DFL)
    code = _heatlens.command(["heatlens", *sys.argv[1:]])
    sys.stdout.flush()
    os._exit(code)
