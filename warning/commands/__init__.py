"""The commands of the contract: one module each, ``register`` adds it to the application."""

from importlib import import_module

import typer

#: Module → its commands, in the order of the help. A call loads only its own command's module:
#: what a night needs takes seconds to import, and ``warning letters list`` does not need it.
MODULES = {
    "city": ("demo",),
    "files": ("load", "export", "init"),
    "nights": ("run", "schedule", "report"),
    "checking": ("check",),
    "keeping": ("keys", "audit", "health", "backup", "restore"),
    "rights": ("rights",),
    "expiry": ("retention", "assessment"),
    "matters": ("cases", "explain"),
    "letters": ("letters",),
    "task_forces": ("task-forces",),
    "analysts": ("judge",),
    "preview": ("preview",),
    "models": ("train", "backtest"),
}


def register(app: typer.Typer, command: str | None = None) -> None:
    """Add every command to the application, or only those of the module of one command."""
    wanted = [name for name, commands in MODULES.items() if command in commands] or [*MODULES]
    for name in wanted:
        import_module(f"warning.commands.{name}").register(app)
