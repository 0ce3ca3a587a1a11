"""Every address of the portal."""

from django.urls import path

from partners import views as partners
from skorozvon_partners import views

urlpatterns = [
    path("", views.index, name="index"),
    path("cabinet/", views.home, name="home"),
    path("users/sign_in", partners.SignIn.as_view(), name="sign_in"),
    path("users/sign_out", partners.sign_out, name="sign_out"),
]
