"""Addresses of payouts, cards and the contract."""

from django.urls import URLPattern, path

from payouts.views import cards, contract, payouts, report, withdrawals

urlpatterns: list[URLPattern] = [
    path("cabinet/payouts/", payouts.payouts, name="payouts"),
    path("cabinet/payouts/<int:pk>/", withdrawals.withdrawal, name="withdrawal"),
    path("cabinet/payouts/card/", cards.card, name="card"),
    path("cabinet/payouts/contract/", contract.contract, name="contract"),
    path("cabinet/reports/<str:month>.pdf", report.report_pdf, name="report_pdf"),
]
