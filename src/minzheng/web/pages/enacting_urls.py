"""Addresses of bringing values into force, under `enacting/`."""

from django.urls import path

from minzheng.web.pages import enacting, enacting_texts

urlpatterns = [
    path("", enacting.listing, name="enacting"),
    path("new/", enacting.new, name="enacting-new"),
    path("text/", enacting_texts.text, name="enacting-text"),
    path("<uuid:public_id>/", enacting.proposal, name="proposal"),
    path("<uuid:public_id>/affected/", enacting.find, name="proposal-find"),
    path("<uuid:public_id>/cases/", enacting_texts.cases, name="proposal-cases"),
    path("<uuid:public_id>/sign/", enacting.sign, name="proposal-sign"),
    path("<uuid:public_id>/take-back/", enacting.take_back, name="proposal-take-back"),
]
