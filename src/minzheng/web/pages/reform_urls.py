"""Addresses of the reform desk, under `reform/`."""

from django.urls import path

from minzheng.web.pages import reform

urlpatterns = [
    path("", reform.desk, name="reform"),
    path("changes/", reform.changes, name="reform-changes"),
    path("cases/", reform.cases, name="reform-cases"),
    path("changes/export/", reform.export, name="reform-export"),
]
