"""The commands of the contract: one module each, ``register`` adds it to the application."""

import typer


def register(app: typer.Typer) -> None:
    """Add every command to the application."""
    from warning.commands import (
        analysts,
        city,
        files,
        keeping,
        letters,
        matters,
        models,
        nights,
        people,
        preview,
        task_forces,
    )

    for module in (
        city,
        files,
        nights,
        keeping,
        people,
        matters,
        letters,
        task_forces,
        analysts,
        preview,
        models,
    ):
        module.register(app)
