"""Django's settings. What differs between installations comes from `MINZHENG_*` variables and secret files.

Loading this starts nothing: the embedded server is started by the commands (`minzheng.database.serving`).
"""

from __future__ import annotations

import importlib.util
import os
from pathlib import Path
from typing import Any

from csp.constants import NONE, SELF

from minzheng.base.keys import text_secret
from minzheng.database import Address, Role, address, home

_ON = {"1", "true", "yes", "on"}


def _flag(name: str, *, default: bool = False) -> bool:
    return os.environ.get(name, str(default)).lower() in _ON


def _database(place: Address) -> dict[str, Any]:
    return {
        "ENGINE": "django.db.backends.postgresql",
        "HOST": place.host,
        "PORT": place.port,
        "NAME": place.name,
        "USER": place.user,
        "PASSWORD": place.password,
        "OPTIONS": place.options,
        "CONN_MAX_AGE": 600,
        "CONN_HEALTH_CHECKS": True,
        # One request, one transaction, one scope ticket: `base.middleware.ScopeMiddleware` opens both.
        "ATOMIC_REQUESTS": False,
    }


def _present(*modules: str) -> list[str]:
    """Of our own apps those that exist in this installation."""
    return [module for module in modules if importlib.util.find_spec(module) is not None]


# -- what this installation is ---------------------------------------------------------------------------

DEBUG = _flag("MINZHENG_DEBUG")
DEMO = _flag("MINZHENG_DEMO", default=True)
"""Demonstration mode: invented people, demo accounts on the sign-in page. Off with MINZHENG_DEMO=0."""
HTTPS = _flag("MINZHENG_HTTPS")
CITY = os.environ.get("MINZHENG_CITY", "1404")
"""The division this installation serves; a city-wide ticket names it."""
SECRET_KEY = text_secret("django")
ALLOWED_HOSTS = os.environ.get("MINZHENG_HOSTS", "127.0.0.1,localhost,[::1],testserver").split(",")
CSRF_TRUSTED_ORIGINS = [origin for origin in os.environ.get("MINZHENG_ORIGINS", "").split(",") if origin]

DATABASES = {"default": _database(address(Role(os.environ.get("MINZHENG_DATABASE_ROLE", "app"))))}
DEFAULT_AUTO_FIELD = "django.db.models.BigAutoField"

# -- apps ------------------------------------------------------------------------------------------------

INSTALLED_APPS = [
    "django.contrib.contenttypes",
    "django.contrib.auth",
    "django.contrib.sessions",
    "django.contrib.messages",
    "django.contrib.postgres",
    "django.contrib.humanize",
    "whitenoise.runserver_nostatic",
    "django.contrib.staticfiles",
    "csp",
    "ninja",
    "minzheng.base",
    *_present(
        "minzheng.registry",
        "minzheng.booking",
        "minzheng.assessment",
        "minzheng.cases",
        "minzheng.awards",
        "minzheng.payments",
        "minzheng.retention",
        "minzheng.assistance",
        "minzheng.disability",
        "minzheng.children",
    ),
    "minzheng.web",
]

MIDDLEWARE = [
    "django.middleware.security.SecurityMiddleware",
    # A decision tree is hundreds of kilobytes of text. Django pads the answers at random and masks the form token anew
    # in each, so that their length tells nothing (BREACH).
    "django.middleware.gzip.GZipMiddleware",
    "whitenoise.middleware.WhiteNoiseMiddleware",
    "csp.middleware.CSPMiddleware",
    "django.contrib.sessions.middleware.SessionMiddleware",
    "django.middleware.locale.LocaleMiddleware",
    "django.middleware.common.CommonMiddleware",
    "django.middleware.csrf.CsrfViewMiddleware",
    "django.contrib.auth.middleware.AuthenticationMiddleware",
    "minzheng.web.api_door.ApiDoor",
    # Closed unless a view says `login_not_required`; tests/house lists those that do.
    "django.contrib.auth.middleware.LoginRequiredMiddleware",
    "django.contrib.messages.middleware.MessageMiddleware",
    "django.middleware.clickjacking.XFrameOptionsMiddleware",
    "minzheng.web.book.one_edition",
    "minzheng.base.middleware.ScopeMiddleware",
]

ROOT_URLCONF = "minzheng.web.urls"
WSGI_APPLICATION = "minzheng.web.wsgi.application"
TEMPLATES = [
    {
        "BACKEND": "django.template.backends.django.DjangoTemplates",
        "APP_DIRS": True,
        "OPTIONS": {
            "context_processors": [
                "django.template.context_processors.request",
                "django.contrib.auth.context_processors.auth",
                "django.contrib.messages.context_processors.messages",
                "minzheng.web.shell.shell",
            ],
        },
    },
]

# -- people and sessions ---------------------------------------------------------------------------------

AUTH_USER_MODEL = "base.Staff"
AUTH_PASSWORD_VALIDATORS = [
    {
        "NAME": "minzheng.base.passwords.LongEnough",
        "OPTIONS": {"min_length": 12},
    },
    {"NAME": "minzheng.base.passwords.NotOfThePlace"},
    {"NAME": "minzheng.base.passwords.SeveralKinds"},
    {"NAME": "django.contrib.auth.password_validation.CommonPasswordValidator"},
    {"NAME": "django.contrib.auth.password_validation.UserAttributeSimilarityValidator"},
]
PASSWORD_PROFILE = os.environ.get("MINZHENG_PASSWORDS", "asvs")
"""Which rules passwords follow: `asvs` or `dengbao` (three kinds of characters, renewed every 90 days)."""
PROXIES = int(os.environ.get("MINZHENG_PROXIES", "0"))
"""How many reverse proxies of ours stand in front: whose word about a visitor's address is believed."""
AUTHENTICATION_BACKENDS = ["minzheng.base.sign_in.StaffBackend"]
PASSWORD_HASHERS = ["django.contrib.auth.hashers.ScryptPasswordHasher"]
LOGIN_URL = "/sign-in/"
LOGIN_REDIRECT_URL = "/"
LOGOUT_REDIRECT_URL = "/sign-in/"
SESSION_ENGINE = "django.contrib.sessions.backends.db"
SESSION_COOKIE_AGE = 8 * 3600
SESSION_EXPIRE_AT_BROWSER_CLOSE = True
SESSION_IDLE_SECONDS = 60 * int(os.environ.get("MINZHENG_IDLE_MINUTES", "0" if DEMO else "30"))
"""After so long without a request a session of staff ends; 0: only with its age."""
SESSION_COOKIE_HTTPONLY = True
SESSION_COOKIE_SAMESITE = "Lax"
SESSION_COOKIE_NAME = "minzheng_session"
SESSION_COOKIE_SECURE = HTTPS
CSRF_COOKIE_SECURE = HTTPS
CSRF_COOKIE_SAMESITE = "Lax"
CSRF_FAILURE_VIEW = "minzheng.web.access.csrf_failed"

# -- what the browser may do -----------------------------------------------------------------------------

CONTENT_SECURITY_POLICY = {
    "DIRECTIVES": {
        "default-src": [SELF],
        "img-src": [SELF, "data:"],
        "object-src": [NONE],
        "base-uri": [SELF],
        "form-action": [SELF],
        "frame-ancestors": [NONE],
    },
}
X_FRAME_OPTIONS = "DENY"
SECURE_CONTENT_TYPE_NOSNIFF = True
SECURE_REFERRER_POLICY = "same-origin"
SECURE_CROSS_ORIGIN_OPENER_POLICY = "same-origin"
SECURE_SSL_REDIRECT = HTTPS
#: Those who watch ask over plain HTTP, from this machine or the balancer in front.
SECURE_REDIRECT_EXEMPT = [r"^health/", r"^metrics/$"]
SECURE_HSTS_SECONDS = 31_536_000 if HTTPS else 0
SECURE_PROXY_SSL_HEADER = ("HTTP_X_FORWARDED_PROTO", "https") if HTTPS else None
DATA_UPLOAD_MAX_MEMORY_SIZE = 2 * 1024 * 1024
FILE_UPLOAD_MAX_MEMORY_SIZE = 8 * 1024 * 1024

# -- language, time, files -------------------------------------------------------------------------------

LANGUAGE_CODE = "zh-hans"
LANGUAGES = [("zh-hans", "简体中文")]
TIME_ZONE = "Asia/Shanghai"
USE_I18N = True
USE_TZ = True
DATE_FORMAT = "Y-m-d"
DATETIME_FORMAT = "Y-m-d H:i"
SHORT_DATE_FORMAT = "Y-m-d"

STATIC_URL = "/static/"
STATIC_ROOT = home() / "static"
MEDIA_ROOT = home() / "files"
STORAGES = {
    "default": {"BACKEND": "django.core.files.storage.FileSystemStorage"},
    "staticfiles": {"BACKEND": "whitenoise.storage.CompressedManifestStaticFilesStorage"},
}
if DEBUG or os.environ.get("PYTEST_VERSION"):
    STORAGES["staticfiles"] = {"BACKEND": "django.contrib.staticfiles.storage.StaticFilesStorage"}
    WHITENOISE_USE_FINDERS = True
    WHITENOISE_AUTOREFRESH = True
DOCUMENT_STORE = os.environ.get("MINZHENG_DOCUMENT_STORE", "minzheng.base.documents.store.FolderStore")
"""Where documents lie: a class with the methods of `base.documents.store.Store`."""
DOCUMENT_SCANNER = os.environ.get("MINZHENG_SCANNER", "")
"""The malware scanner (`unix:/run/clamav/clamd.ctl`, `tcp:127.0.0.1:3310`); only a demonstration may have none."""
SMS_GATEWAY = os.environ.get("MINZHENG_SMS_URL", "")
SMS_KEY = os.environ.get("MINZHENG_SMS_KEY", "")
"""The message gateway residents' codes leave by, and the key its requests are signed with."""
RESIDENT_STILL = "minzheng.registry.queries.resident_belongs"
"""Asked at every request of a signed-in resident: alive, and of the household today."""
API_CALLS_PER_MINUTE = int(os.environ.get("MINZHENG_API_PER_MINUTE", "120"))
"""How many requests a key of another system may make within a minute."""
DATA_FOLDER = Path(os.environ.get("MINZHENG_DATA", home() / "data"))
"""Snapshots, sweeps and exports."""

# -- logs: ids only, never what a person wrote or is ------------------------------------------------------

LOGGING = {
    "version": 1,
    "disable_existing_loggers": False,
    "filters": {"no_personal_data": {"()": "minzheng.base.logs.NoPersonalData"}},
    "formatters": {
        "line": {
            "()": "minzheng.base.logs.PlaceOfError",
            "format": "%(asctime)s %(levelname)s %(name)s %(message)s",
        }
    },
    "handlers": {
        "console": {
            "class": "minzheng.base.logs.Console",
            "formatter": "line",
            "filters": ["no_personal_data"],
        },
    },
    "root": {"handlers": ["console"], "level": "WARNING"},
    "loggers": {
        "minzheng": {"level": os.environ.get("MINZHENG_LOG", "INFO")},
        "django.db.backends": {"level": "WARNING"},
        "django.request": {"level": "ERROR"},
        "django.server": {"handlers": [], "level": "CRITICAL"},
    },
}
