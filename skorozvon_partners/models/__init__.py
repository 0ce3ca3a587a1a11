"""Staff and people as subjects of the desk, and what watching leaves behind."""

from skorozvon_partners.models.people import Person, StaffMember
from skorozvon_partners.models.watching import AuditRun, Finding, StaffLetter

__all__ = ["AuditRun", "Finding", "Person", "StaffLetter", "StaffMember"]
