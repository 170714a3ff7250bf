"""Addresses of the rulebook's pages, under `rulebook/`. Names of rules are never one of the words before them."""

from django.urls import path

from minzheng.web.pages import rulebook

urlpatterns = [
    path("", rulebook.programmes, name="rulebook"),
    path("clauses/", rulebook.clauses, name="clauses"),
    path("clauses/<str:id>/", rulebook.clause, name="clause"),
    path("clauses/<str:id>/cases/", rulebook.clause_cases, name="clause-cases"),
    path("instruments/", rulebook.instruments, name="instruments"),
    path("instruments/<slug:key>/", rulebook.instrument, name="instrument"),
    path("parameters/", rulebook.parameters, name="parameters"),
    path("parameters/<str:key>/", rulebook.parameter, name="parameter"),
    path("<slug:name>/", rulebook.provision, name="provision"),
    path("<slug:name>/cases/", rulebook.provision_cases, name="provision-cases"),
]
