"""Addresses of clients, campaigns, links and reports."""

from django.urls import URLPattern, path, register_converter
from django.urls.converters import StringConverter

from referrals.views import campaigns, clients, links, reports


class Anything(StringConverter):
    """Whatever follows, also nothing and line breaks: every visitor of a link is brought to the site."""

    regex = r"[\s\S]*"


register_converter(Anything, "anything")

# By itself, for the portal to try it before all others: it is asked for most and should cost least.
link = path("p/<anything:code>", links.follow, name="follow")

urlpatterns: list[URLPattern] = [
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
]
