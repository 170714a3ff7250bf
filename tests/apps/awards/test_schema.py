"""The tables exist and the copy of the families in the database is the one of the code."""


def test_the_database_holds_the_same_families_as_the_code(city):
    from django.db import connection

    from minzheng.awards.families import FAMILIES

    with connection.cursor() as cursor:
        cursor.execute("select family, programme, span from awards_family")
        held = set(cursor.fetchall())
    assert held == {(f.name, p, str(f.span)) for f in FAMILIES for p in f.programmes}
