"""At the door of the API a program is told in JSON what a person is told by the sign-in page."""

from __future__ import annotations

from collections.abc import Callable

from django.conf import settings
from django.http import HttpRequest, HttpResponseBase, JsonResponse

from minzheng.base.models import Staff

PREFIX = "/api/"


class ApiDoor:
    """Turns the way to the sign-in page into a 401 for whoever asked the API without a session."""

    def __init__(self, get_response: Callable[[HttpRequest], HttpResponseBase]) -> None:
        self.get_response = get_response

    def __call__(self, request: HttpRequest) -> HttpResponseBase:
        response = self.get_response(request)
        sent_away = response.status_code == 302 and response["Location"].startswith(str(settings.LOGIN_URL))
        if _asks_api(request) and sent_away and not isinstance(request.user, Staff):
            return JsonResponse(
                {
                    "error": {
                        "code": "api.signed_out",
                        "message": "尚未登录或登录已过期。",
                        "field": "",
                        "next_step": "请先登录，再重试。",
                    }
                },
                status=401,
                json_dumps_params={"ensure_ascii": False},
            )
        return response


def _asks_api(request: HttpRequest) -> bool:
    """The page that describes the API is a page."""
    return request.path.startswith(PREFIX) and request.path != PREFIX
