"""Addresses of payouts, cards and the contract."""

from django.urls import URLPattern, path

from payouts.views import cards, contract, payouts, report, withdrawals

urlpatterns: list[URLPattern] = [
    path("cabinet/payouts/", payouts.payouts, name="payouts"),
    path("cabinet/payouts/new/", withdrawals.withdrawal_new, name="withdrawal_new"),
    path("cabinet/payouts/<int:pk>/", withdrawals.withdrawal, name="withdrawal"),
    path("cabinet/payouts/<int:pk>/cancel/", withdrawals.withdrawal_cancel, name="withdrawal_cancel"),
    path("cabinet/payouts/card/", cards.card, name="card"),
    path("cabinet/payouts/card/start/", cards.card_start, name="card_start"),
    path("cabinet/payouts/card/check/", cards.card_check, name="card_check"),
    path("cabinet/payouts/card/link/", cards.card_link, name="card_link"),
    path("cabinet/payouts/card/return/", cards.card_return, name="card_return"),
    path("cabinet/payouts/card/remove/", cards.card_remove, name="card_remove"),
    path("cabinet/payouts/contract/", contract.contract, name="contract"),
    path("cabinet/payouts/contract/contract.pdf", contract.contract_pdf, name="contract_pdf"),
    path("cabinet/payouts/contract/upload/", contract.contract_upload, name="contract_upload"),
    path("cabinet/payouts/contract/copies/<int:pk>/", contract.contract_copy, name="contract_copy"),
    path("cabinet/reports/<str:month>.pdf", report.report_pdf, name="report_pdf"),
]
