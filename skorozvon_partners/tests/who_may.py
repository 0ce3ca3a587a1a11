"""Who of staff may open what, written down once more: what the code says is compared with it, not made from it.

An address that isn't here fails the tests until somebody has decided who may have it.
"""

from skorozvon_partners.roles import Role

_ROLES = {"M": Role.MANAGER, "B": Role.ACCOUNTANT, "A": Role.ADMINISTRATOR}  # B as in бухгалтер

# By subject: for whom, and which of its pages and actions.
_BY_SUBJECT: dict[str, dict[str, str]] = {
    "partners_partner": {
        "MBA": "changelist change export",
        "M": "approve decline block unblock change-tariff revoke-token",
    },
    "referrals_attachrequest": {"M": "changelist change export accept decline"},
    "referrals_client": {"MB": "changelist change export", "M": "attach transfer train settle"},
    "payouts_withdrawal": {
        "MB": "changelist change export enter",
        "B": "approve approve-chosen decline confirm-paid send-again take-back",
    },
    "payouts_bankfile": {"B": "changelist change export collect discard download"},
    "payouts_bankstatement": {"B": "changelist change export take-in"},
    "payouts_contract": {"MB": "changelist change export copy", "M": "accept decline correct upload"},
    "partners_correction": {"MB": "changelist change export enter", "B": "confirm decline"},
    "referrals_month": {"MB": "changelist change export dry-run verify", "B": "close"},
    "partners_terms": {"MB": "changelist change export", "M": "publish"},
    "referrals_event": {"MB": "changelist change export", "M": "review"},
    "payouts_comparison": {"B": "changelist change export run review"},
    "payouts_sendingswitch": {"BA": "changelist change export off on"},
    "skorozvon_partners_auditrun": {"MBA": "changelist change"},
    "skorozvon_partners_person": {"A": "changelist change export erase export-client erase-client"},
    "skorozvon_partners_staffmember": {
        "A": "changelist change invite change-role reset-password reset-second-factor switch-off switch-on",
    },
    "partners_deed": {"A": "changelist change download"},
}

# By the name of an address.
WHO_MAY: dict[str, set[Role]] = {
    f"{subject}_{page}": {_ROLES[letter] for letter in letters}
    for subject, pages in _BY_SUBJECT.items()
    for letters, names in pages.items()
    for page in names.split()
}
