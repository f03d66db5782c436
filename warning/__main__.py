"""``python -m warning`` is the console script ``warning``."""

import os
import signal


def main() -> None:
    """Load the command line and run it; Ctrl-C meanwhile ends the process without a stack trace.

    Arrow takes its memory from the system unless the user says otherwise: a night lets go of many
    large columns, and Arrow's own choice gives these back page by page, a tenth of the night's time.
    """
    os.environ.setdefault("ARROW_DEFAULT_MEMORY_POOL", "system")
    before = signal.getsignal(signal.SIGINT)
    if before == signal.default_int_handler:
        signal.signal(signal.SIGINT, signal.SIG_DFL)
    from warning import cli

    signal.signal(signal.SIGINT, before)
    cli.main()


if __name__ == "__main__":
    main()
