"""From tiers to letters and task forces. See docs/architecture.md."""

from warning.escalation.rules import Ledger, Proposals, document_number, propose

__all__ = ["Ledger", "Proposals", "document_number", "propose"]
