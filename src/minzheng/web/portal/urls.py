"""Addresses of the residents' portal, under /portal/."""

from django.urls import URLPattern, path, register_converter

from minzheng.booking.types import Kind
from minzheng.web.portal import (
    acting,
    board,
    booking,
    booking_phone,
    cases,
    check,
    data,
    door,
    files,
    home,
    mine,
    money,
    registered,
)


class _Kind:
    """What people come for; any other word is no address."""

    regex = "|".join(Kind.values)

    def to_python(self, value: str) -> str:
        return value

    def to_url(self, value: str) -> str:
        return str(value)


register_converter(_Kind, "kind")

urlpatterns: list[URLPattern] = [
    path("", home.home, name="portal"),
    path("size/", home.size, name="portal-size"),
    path("check/", check.check, name="portal-check"),
    path("sign-in/", door.sign_in, name="portal-sign-in"),
    path("sign-in/code/", door.code, name="portal-sign-in-code"),
    path("files/<uuid:public_id>/<str:token>/", files.document, name="portal-document"),
    path("sign-out/", door.sign_out, name="portal-sign-out"),
    path("mine/", mine.mine, name="portal-mine"),
    path("payments/", money.payments, name="portal-payments"),
    path("data/", data.data, name="portal-data"),
    path("consents/<uuid:consent>/withdraw/", data.withdraw, name="portal-consent-withdraw"),
    path("registered/", registered.registered, name="portal-registered"),
    path("mandates/", acting.mandated, name="portal-mandates"),
    path("mandates/<uuid:mandate>/end/", acting.end, name="portal-mandate-end"),
    path("mandates/<uuid:mandate>/begin/", acting.begin, name="portal-mandate-begin"),
    path("acting/", acting.acting, name="portal-acting"),
    path("acting/stop/", acting.stop, name="portal-acting-stop"),
    path("apply/", cases.apply, name="portal-apply"),
    path("cases/<uuid:public_id>/", cases.case, name="portal-case"),
    path("cases/<uuid:public_id>/steps/", cases.step, name="portal-case-step"),
    path("cases/<uuid:public_id>/material/", cases.add, name="portal-case-add"),
    path("letters/<uuid:letter>/", cases.letter, name="portal-letter"),
    path("board/", board.find, name="portal-boards"),
    path("board/in/<int:code>/", board.find, name="portal-boards-in"),
    path("board/<int:village>/", board.board, name="portal-board"),
    path("board/<int:village>/objection/", board.object_to, name="portal-object"),
    path("booking/mine/", booking.mine, name="portal-booking-mine"),
    path("booking/mine/<uuid:booking>/cancel/", booking.cancel, name="portal-booking-cancel"),
    path("booking/phone/", booking_phone.phone, name="portal-booking-phone"),
    path("booking/phone/code/", booking_phone.code, name="portal-booking-code"),
    path("booking/phone/forget/", booking_phone.forget, name="portal-booking-forget"),
    path("booking/<kind:kind>/", booking.offices, name="portal-booking"),
    path("booking/<kind:kind>/<int:office>/", booking.office, name="portal-booking-office"),
    path("booking/<kind:kind>/slots/<int:slot>/", booking.slot, name="portal-booking-slot"),
    path("programmes/<slug:name>/", home.programme, name="portal-programme"),
]
