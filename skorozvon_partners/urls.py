"""Every address of the portal: its own pages, and those of the apps."""

from django.conf import settings
from django.urls import include, path

from referrals.urls import link
from skorozvon_partners import profile, profile_tokens, programme, views
from skorozvon_partners.admin_site import site
from skorozvon_partners.components_page import components

urlpatterns = [
    link,
    path("", programme.index, name="index"),
    path("help/", programme.help, name="help"),
    path("cabinet/", views.home, name="home"),
    path("cabinet/profile/", profile.overview, name="profile"),
    path("cabinet/profile/contacts/", profile.contacts, name="profile_contacts"),
    path("cabinet/profile/requisites/", profile.requisites, name="profile_requisites"),
    path("cabinet/profile/notices/", profile.notices_choice, name="profile_notices"),
    path("cabinet/profile/terms/", profile.terms, name="profile_terms"),
    path("cabinet/profile/tokens/", profile_tokens.overview, name="profile_tokens"),
    path("cabinet/profile/tokens/new/", profile_tokens.new, name="profile_token_new"),
    path("cabinet/profile/tokens/<int:pk>/revoke/", profile_tokens.revoke, name="profile_token_revoke"),
    path("admin/", site.urls),
    path("api/", include("skorozvon_partners.api_urls")),
    path("", include("partners.urls")),
    path("", include("payouts.urls")),
    path("", include("referrals.urls")),
]

if settings.DEBUG:
    urlpatterns.append(path("components/", components, name="components"))

handler400 = "skorozvon_partners.failures.bad_request"
handler404 = "skorozvon_partners.failures.not_found"
handler500 = "skorozvon_partners.failures.server_error"
