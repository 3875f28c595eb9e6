"""What a judge's verdicts are worth, beside what people said: figures with 95 % intervals."""

from solon.judges.audit.choices import audit_choices
from solon.judges.audit.pairs import PairAudit, audit_pairs
from solon.judges.audit.report import AuditReport
from solon.judges.audit.responses import audit_responses

__all__ = ["AuditReport", "PairAudit", "audit_choices", "audit_pairs", "audit_responses"]
