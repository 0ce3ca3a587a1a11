"""Every address of the API, and its description."""

from django.urls import path

from partners.partner_api.ledger import LedgerEndpoint
from partners.partner_api.profile import ProfileEndpoint
from payouts.partner_api.balance import BalanceEndpoint
from payouts.partner_api.withdrawals import CancelEndpoint, WithdrawalEndpoint, WithdrawalsEndpoint
from referrals.api import Events
from referrals.partner_api.campaigns import CampaignEndpoint, CampaignsEndpoint, CodesEndpoint
from referrals.partner_api.charges import ChargesEndpoint
from referrals.partner_api.clients import ClientEndpoint, ClientsEndpoint
from referrals.partner_api.earnings import ForecastEndpoint, MonthsEndpoint, RewardsEndpoint
from skorozvon_partners import api_schema, failures

urlpatterns = [
    path("schema/", api_schema.schema, name="api_schema"),
    path("docs/", api_schema.docs, name="api_docs"),
    path("v1/events/", Events.as_view(), name="events"),
    path("v1/profile/", ProfileEndpoint.as_view(), name="api_profile"),
    path("v1/clients/", ClientsEndpoint.as_view(), name="api_clients"),
    path("v1/clients/<int:id>/", ClientEndpoint.as_view(), name="api_client"),
    path("v1/charges/", ChargesEndpoint.as_view(), name="api_charges"),
    path("v1/codes/", CodesEndpoint.as_view(), name="api_codes"),
    path("v1/campaigns/", CampaignsEndpoint.as_view(), name="api_campaigns"),
    path("v1/campaigns/<int:id>/", CampaignEndpoint.as_view(), name="api_campaign"),
    path("v1/balance/", BalanceEndpoint.as_view(), name="api_balance"),
    path("v1/ledger/", LedgerEndpoint.as_view(), name="api_ledger"),
    path("v1/rewards/", RewardsEndpoint.as_view(), name="api_rewards"),
    path("v1/months/", MonthsEndpoint.as_view(), name="api_months"),
    path("v1/forecast/", ForecastEndpoint.as_view(), name="api_forecast"),
    path("v1/withdrawals/", WithdrawalsEndpoint.as_view(), name="api_withdrawals"),
    path("v1/withdrawals/<int:id>/", WithdrawalEndpoint.as_view(), name="api_withdrawal"),
    path("v1/withdrawals/<int:id>/cancel/", CancelEndpoint.as_view(), name="api_withdrawal_cancel"),
    path("v1/<path:rest>", failures.no_such_address, name="api_nowhere"),
]
