"""Which version of the package runs: what it kept is another's where it is another one."""

from importlib import metadata

try:
    __version__ = metadata.version("warning")
except metadata.PackageNotFoundError:  # run from its source without being installed
    __version__ = "unknown"
