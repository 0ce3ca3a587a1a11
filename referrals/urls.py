"""Addresses of clients, campaigns, links and reports."""

from django.urls import URLPattern, path

from referrals import api
from referrals.views import campaigns, clients, links, reports

urlpatterns: list[URLPattern] = [
    # The first: addresses are tried in turn, and this one is asked for most and should cost least.
    path("cabinet/clients/", clients.clients, name="clients"),
    path("cabinet/clients.<str:format>", clients.clients_download, name="clients_download"),
    path("cabinet/clients/attach/", clients.attach, name="attach"),
    path("cabinet/clients/<int:client_id>/", clients.client, name="client"),
    path("cabinet/clients/<int:client_id>/trained/", clients.trained, name="trained"),
    path("cabinet/clients/<int:client_id>/<str:month>/", clients.reward, name="reward"),
    path("cabinet/campaigns/", campaigns.campaigns, name="campaigns"),
    path("cabinet/campaigns/new/", campaigns.campaign_new, name="campaign_new"),
    path("cabinet/campaigns/<int:pk>/", campaigns.campaign, name="campaign"),
    path("cabinet/campaigns/<int:pk>/edit/", campaigns.campaign_edit, name="campaign_edit"),
    path("cabinet/campaigns/<int:pk>/archive/", campaigns.campaign_archive, name="campaign_archive"),
    path("cabinet/reports/", reports.reports, name="reports"),
    path("cabinet/reports.<str:format>", reports.reports_download, name="reports_download"),
    path("cabinet/reports/<str:month>/", reports.report, name="report"),
    path("cabinet/reports/<str:month>.<str:format>", reports.report_download, name="report_download"),
    path("cabinet/qr/<str:code>.<str:format>", links.qr, name="qr"),
    path("api/v1/events/", api.Events.as_view(), name="events"),
]
