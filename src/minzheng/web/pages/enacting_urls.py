"""Addresses of bringing values into force, under `enacting/`."""

from django.urls import path

from minzheng.web.pages import enacting

urlpatterns = [
    path("", enacting.listing, name="enacting"),
    path("new/", enacting.new, name="enacting-new"),
    path("<uuid:public_id>/", enacting.proposal, name="proposal"),
    path("<uuid:public_id>/affected/", enacting.find, name="proposal-find"),
    path("<uuid:public_id>/sign/", enacting.sign, name="proposal-sign"),
    path("<uuid:public_id>/take-back/", enacting.take_back, name="proposal-take-back"),
]
