"""Addresses of signing in, registration and letters."""

from django.urls import path

from partners.views import notices, registration, sign_in

urlpatterns = [
    path("users/sign_in", sign_in.SignIn.as_view(), name="sign_in"),
    path("users/sign_out", sign_in.sign_out, name="sign_out"),
    path("sso/", sign_in.sign_on, name="sign_on"),
    path("registration/", registration.registration, name="registration"),
    path("consents/<str:kind>/<str:version>/", registration.consent_text, name="consent_text"),
    path("notices/stop/<str:token>/", notices.stop, name="stop_notices"),
]
