"""The part of the settings about the API and its description, which is the same on every machine."""

# What is not named here comes after.
_ORDER = [
    "profile",
    "clients",
    "charges",
    "codes",
    "campaigns",
    "balance",
    "ledger",
    "rewards",
    "months",
    "forecast",
    "withdrawals",
]


def in_order(endpoint: tuple[str, str, str, object]) -> tuple[int, str, str]:
    """A key to sort addresses by, as people read about them: '/api/v1/clients/{id}/' stands with the clients."""
    path, _, method, _ = endpoint
    subject = path.split("/")[3]
    return _ORDER.index(subject) if subject in _ORDER else len(_ORDER), path, method


REST_FRAMEWORK = {
    "DEFAULT_AUTHENTICATION_CLASSES": [],  # no session opens it; what asks for a token says so
    "DEFAULT_PERMISSION_CLASSES": [],
    "DEFAULT_PARSER_CLASSES": ["rest_framework.parsers.JSONParser"],
    "DEFAULT_RENDERER_CLASSES": ["rest_framework.renderers.JSONRenderer"],
    "DEFAULT_SCHEMA_CLASS": "drf_spectacular.openapi.AutoSchema",
    "DEFAULT_METADATA_CLASS": None,
    "EXCEPTION_HANDLER": "partners.partner_api.refusals.answer",
    "URL_FORMAT_OVERRIDE": None,
    "UNAUTHENTICATED_USER": None,
}
SPECTACULAR_SETTINGS = {
    "OAS_VERSION": "3.1.1",
    "TITLE": "Скорозвон партнёрам: API",
    "VERSION": "1",
    "SERVE_INCLUDE_SCHEMA": False,
    "SCHEMA_PATH_PREFIX": "/api/v1",
    "SORT_OPERATIONS": in_order,
    "POSTPROCESSING_HOOKS": [
        "drf_spectacular.hooks.postprocess_schema_enums",
        "skorozvon_partners.api_schema.complete",
    ],
    "ENUM_NAME_OVERRIDES": {
        "Tariff": "partners.models.Tariff",
        "TokenScope": "partners.models.ApiToken.Scope",
        "PartnerStatus": "partners.partner_api.profile.STATUSES",
        "LedgerKind": "partners.models.LedgerLine.Kind",
        "CameBy": "referrals.models.Attribution.Via",
        "Channel": "partners.models.Partner.Channel",
        "ClientState": "referrals.standing.State",
        "ChargeKind": "referrals.models.Charge.Kind",
        "ChargeOutcome": "referrals.partner_api.charges.OUTCOMES",
        "MonthState": "referrals.reports.State",
        "ConditionWord": "payouts.partner_api.balance.WORDS",
        "Destination": "payouts.models.Destination",
        "WithdrawalState": "payouts.models.Withdrawal.State",
    },
}
