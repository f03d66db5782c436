"""``python -m warning`` is the console script ``warning``."""

from warning.cli import main

main()
