"""Every address is guarded or listed public; every table of people is guarded by region."""

import pytest
from django.db import connection
from django.urls import get_resolver
from django.urls.resolvers import URLPattern, URLResolver

#: Addresses that answer without signing in, and why.
PUBLIC = {
    "sign-in/": "where one signs in",
    "health/live/": "whether the process answers, nothing else",
    "health/ready/": "whether requests can be served, nothing else",
    "metrics/": "counts without anybody in them; to this machine or with a token, else not there",
    "sign-in/code/": "the second factor, after the first",
    "sign-in/bind/": "binding a second factor, after the first or a window code",
    "sign-in/password/": "choosing one's own password, after a window code",
    "sign-in/recover/": "in with a code from the window",
    "visit-worker.js": "a script without data, served from the root for its scope",
    "api/v1/openapi.json": "the description of the public API, without anybody in it",
    "api/v1/applications": "another system, with its key",
    "api/v1/applications/<application>": "another system, with its key",
    "api/v1/cases/<case>": "another system, with its key",
    "api/v1/cases/<case>/decision": "another system, with its key",
    "api/v1/cases/<case>/letters/<letter>": "another system, with its key",
    "api/v1/cases/<case>/material": "another system, with its key",
    "api/v1/cases/<case>/withdraw": "another system, with its key",
    "portal/sign-in/": "where residents sign in",
    "portal/sign-in/code/": "the one-time code, after number and name",
    "portal/sign-out/": "out, by a form",
    "portal/": "the first page of residents",
    "portal/size/": "large type, kept on the phone",
    "portal/check/": "what a family is entitled to, nobody named and nothing stored",
    "portal/board/": "choosing a village",
    "portal/board/in/<int:code>/": "choosing a village",
    "portal/board/<int:village>/": "the board of a village: name, members, amount, while it hangs",
    "portal/board/<int:village>/objection/": "anybody may object to what hangs",
    "portal/booking/<kind:kind>/": "offices with their next free slot",
    "portal/booking/<kind:kind>/<int:office>/": "free slots of an office",
    "portal/booking/<kind:kind>/slots/<int:slot>/": "booking, with a telephone that showed its code",
    "portal/booking/mine/": "what a telephone booked, after its code",
    "portal/booking/mine/<uuid:booking>/cancel/": "a booking given back by its telephone, after its code",
    "portal/booking/phone/": "which telephone",
    "portal/booking/phone/code/": "the code that was sent to it",
    "portal/booking/phone/forget/": "the telephone forgotten, by a form",
    "portal/programmes/<slug:name>/": "what a programme asks and gives",
}
#: Tables with a division that are not guarded by it, and why.
UNGUARDED = {
    "base_regionincharge": "says who has which region; no resident in it",
    "registry_coverage": "says which source covers which county; no resident in it",
    "base_auditentry": "has a policy of its own",
}


def views(patterns, prefix=""):
    for pattern in patterns:
        if isinstance(pattern, URLResolver):
            yield from views(pattern.url_patterns, prefix + str(pattern.pattern))
        elif isinstance(pattern, URLPattern):
            yield prefix + str(pattern.pattern), pattern.callback


def test_every_address_is_guarded_or_listed_public():
    """The middleware closes every view but those marked `login_not_required`."""
    from django.conf import settings

    assert "django.contrib.auth.middleware.LoginRequiredMiddleware" in settings.MIDDLEWARE
    open_views = {
        path: view
        for path, view in views(get_resolver().url_patterns)
        if not getattr(view, "login_required", True)
    }
    of_residents = {path for path, view in open_views.items() if getattr(view, "for_residents", False)}
    assert set(open_views) - of_residents - set(PUBLIC) == set()
    assert all(path.startswith("portal/") for path in of_residents)


def test_there_is_no_django_admin():
    from django.conf import settings

    assert "django.contrib.admin" not in settings.INSTALLED_APPS


@pytest.mark.django_db
def test_every_table_with_a_division_is_guarded_by_it():
    with connection.cursor() as cursor:
        cursor.execute(
            "select c.relname, c.relrowsecurity and c.relforcerowsecurity from pg_class c"
            " join pg_attribute a on a.attrelid = c.oid and not a.attisdropped"
            " where c.relkind in ('r', 'p') and c.relnamespace = 'public'::regnamespace and a.attname = 'division'"
        )
        found = dict(cursor.fetchall())
    found.pop("probe", None)
    assert "base_auditentry" in found
    assert {table for table, guarded in found.items() if not guarded} - set(UNGUARDED) == set()


@pytest.mark.django_db
def test_the_application_role_owns_nothing_and_bypasses_nothing():
    with connection.cursor() as cursor:
        cursor.execute("select rolsuper or rolbypassrls from pg_roles where rolname = current_user")
        assert cursor.fetchone() == (False,)
        cursor.execute("select count(*) from pg_class where relowner = current_user::regrole")
        assert cursor.fetchone() == (0,)
