"""Addresses of administration, under /admin/."""

from django.urls import URLPattern, path

from minzheng.web.pages import (
    admin,
    admin_audit,
    admin_calendar,
    admin_codes,
    admin_days,
    admin_keys,
    admin_retention,
)

urlpatterns: list[URLPattern] = [
    path("staff/", admin.staff, name="admin-staff"),
    path("staff/new/", admin.new, name="admin-new"),
    path("staff/<int:pk>/", admin.account, name="admin-account"),
    path("staff/<int:pk>/<slug:verb>/", admin.change, name="admin-change"),
    path("codes/", admin_codes.codes, name="admin-codes"),
    path("codes/<uuid:code>/agree/", admin_codes.agree, name="admin-code-agree"),
    path("codes/<uuid:code>/drop/", admin_codes.drop, name="admin-code-drop"),
    path("calendar/", admin_calendar.calendar, name="admin-calendar"),
    path("days/", admin_days.business_days, name="admin-days"),
    path("days/<int:move>/<slug:verb>/", admin_days.turn, name="admin-days-turn"),
    path("retention/", admin_retention.papers, name="admin-retention"),
    path("retention/hold/", admin_retention.hold, name="admin-retention-hold"),
    path("retention/hold/<uuid:hold>/lift/", admin_retention.lift, name="admin-retention-lift"),
    path("retention/<uuid:order>/", admin_retention.order, name="admin-retention-order"),
    path("keys/", admin_keys.keys, name="admin-keys"),
    path("keys/<uuid:key>/revoke/", admin_keys.revoke, name="admin-key-revoke"),
    path("audit/", admin_audit.audit, name="admin-audit"),
]
