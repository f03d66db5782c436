"""``python -m warning`` is the console script ``warning``."""

import signal


def main() -> None:
    """Load the command line and run it; Ctrl-C meanwhile ends the process without a stack trace."""
    before = signal.getsignal(signal.SIGINT)
    if before == signal.default_int_handler:
        signal.signal(signal.SIGINT, signal.SIG_DFL)
    from warning import cli

    signal.signal(signal.SIGINT, before)
    cli.main()


if __name__ == "__main__":
    main()
