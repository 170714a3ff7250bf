"""Every address of the platform. Only the door is open to people who have not signed in."""

from django.urls import URLPattern, URLResolver, include, path

from minzheng.web.api import api
from minzheng.web.pages import (
    api_docs,
    awards,
    cases,
    documents,
    door,
    households,
    intake,
    leads,
    payments,
    search,
    sweeps,
    today,
    visits,
)

handler400 = "minzheng.web.access.bad_request"
handler403 = "minzheng.web.access.forbidden"
handler404 = "minzheng.web.access.not_found"
handler500 = "minzheng.web.access.broken"

urlpatterns: list[URLPattern | URLResolver] = [
    path("", today.today, name="today"),
    path("map/counties.json", today.borders, name="borders"),
    path("sign-in/", door.sign_in, name="sign-in"),
    path("sign-out/", door.sign_out, name="sign-out"),
    path("theme/", door.theme, name="theme"),
    path("keys/", door.keys, name="keys"),
    path("files/<uuid:public_id>/<str:token>/", documents.document, name="document"),
    path("sweeps/", sweeps.sweeps, name="sweeps"),
    path("search/", search.search, name="search"),
    path("divisions/<int:code>/", search.division, name="division"),
    path("households/<uuid:public_id>/", households.household, name="household"),
    path("households/<uuid:public_id>/<slug:program>/", households.outcome, name="outcome"),
    path("households/<uuid:public_id>/<slug:program>/<int:who>/", households.outcome, name="outcome-of"),
    path("people/<uuid:public_id>/", households.person, name="person"),
    path("people/<uuid:public_id>/number/", households.number, name="number"),
    path("leads/", leads.leads, {"family": "leads"}, name="leads"),
    path("reviews/", leads.leads, {"family": "reviews"}, name="reviews"),
    path("leads/<uuid:public_id>/", leads.lead, name="lead"),
    path("leads/<uuid:public_id>/steps/", leads.step, name="lead-step"),
    path("leads/export/", leads.export, {"family": "leads"}, name="leads-export"),
    path("reviews/export/", leads.export, {"family": "reviews"}, name="reviews-export"),
    path("cases/", cases.cases, name="cases"),
    path("cases/new/", intake.intake, name="intake"),
    path("cases/new/<uuid:public_id>/", intake.apply, name="intake-household"),
    path("cases/<uuid:public_id>/", cases.case, name="case"),
    path("cases/<uuid:public_id>/steps/", cases.step, name="case-step"),
    path("cases/<uuid:public_id>/decision/", cases.decide, name="case-decide"),
    path("cases/<uuid:public_id>/visit/", visits.visit, name="visit"),
    path("cases/findings/<uuid:finding>/", visits.resolve, name="finding"),
    path("visit-worker.js", visits.worker, name="visit-worker"),
    path("awards/<uuid:public_id>/", awards.award, name="award"),
    path("households/<uuid:public_id>/awards/", awards.family, name="family-awards"),
    path("payroll/", payments.payrolls, name="payrolls"),
    path("payroll/build/", payments.build, name="payroll-build"),
    path("payroll/holds/", payments.holds, name="holds"),
    path("payroll/hold/", payments.hold, name="hold"),
    path("payroll/bank/", payments.bank, name="bank"),
    path("payroll/<uuid:payroll>/", payments.payroll, name="payroll"),
    path("payroll/<uuid:payroll>/act/", payments.act, name="payroll-act"),
    path("payments/<uuid:payment>/", payments.payment, name="payment"),
    path("rulebook/", include("minzheng.web.pages.rulebook_urls")),
    path("reform/", include("minzheng.web.pages.reform_urls")),
    path("portal/", include("minzheng.web.portal.urls")),
    path("api/", api_docs.api_docs, name="api-docs"),
    path("api/", api.urls),
]
