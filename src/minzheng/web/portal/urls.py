"""Addresses of the residents' portal, under /portal/."""

from django.urls import URLPattern, path

from minzheng.web.portal import cases, check, data, home, mine, money

urlpatterns: list[URLPattern] = [
    path("", home.home, name="portal"),
    path("size/", home.size, name="portal-size"),
    path("check/", check.check, name="portal-check"),
    path("mine/", mine.mine, name="portal-mine"),
    path("payments/", money.payments, name="portal-payments"),
    path("data/", data.data, name="portal-data"),
    path("apply/", cases.apply, name="portal-apply"),
    path("cases/<uuid:public_id>/", cases.case, name="portal-case"),
    path("cases/<uuid:public_id>/steps/", cases.step, name="portal-case-step"),
    path("programmes/<slug:name>/", home.programme, name="portal-programme"),
]
