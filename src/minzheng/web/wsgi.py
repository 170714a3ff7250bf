"""The WSGI application gunicorn serves; in production it does not start where it would not be safe."""

import os
import sys

from django.core.wsgi import get_wsgi_application

from minzheng.values.errors import Refusal

os.environ.setdefault("DJANGO_SETTINGS_MODULE", "minzheng.web.settings")
#: gunicorn starts a worker anew after any other code.
_DO_NOT_TRY_AGAIN = 3
application = get_wsgi_application()


def _start() -> None:
    from minzheng.base.safety import refuse_unsafe_start

    try:
        refuse_unsafe_start()
    except Refusal as refusal:
        sys.stderr.write(f"{refusal}\n")
        raise SystemExit(_DO_NOT_TRY_AGAIN) from None


_start()
