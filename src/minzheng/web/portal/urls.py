"""Addresses of the residents' portal, under /portal/."""

from django.urls import URLPattern, path

from minzheng.web.portal import check, home

urlpatterns: list[URLPattern] = [
    path("", home.home, name="portal"),
    path("size/", home.size, name="portal-size"),
    path("check/", check.check, name="portal-check"),
    path("programmes/<slug:name>/", home.programme, name="portal-programme"),
]
