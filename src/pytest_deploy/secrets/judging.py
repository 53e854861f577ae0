"""Is this value a literal secret?"""

from __future__ import annotations

import enum

from pytest_deploy.secrets.dummies import is_dummy
from pytest_deploy.secrets.formats import connection_strings, is_local_host, tokens, urls
from pytest_deploy.secrets.names import is_database_name, is_own_key, is_secret_name
from pytest_deploy.secrets.references import defaults, is_reference
from pytest_deploy.secrets.tables import words


class Context(enum.Enum):
    """Where a value stands: what would be a secret in production may be a throwaway elsewhere."""

    PLAIN = "plain"
    """In production, or nobody knows: every literal counts."""
    DEVELOPMENT = "development"
    """In a file for development, tests or CI: passwords of databases and of hosts without a domain are throwaways, and so are the keys
    that an application makes up for itself. Live tokens and passwords for outside count."""
    SERVICE = "service"
    """A service container that lives as long as its job: only live tokens count."""


_DEFAULT_PASSWORDS = words("postgres root mysql redis guest admin minioadmin rabbitmq mariadb mongo user app docker")


def judge(name: str | None, value: str, *, context: Context = Context.PLAIN) -> str | None:
    """Why ``value`` is a literal secret (``an AWS access key id``, ``a literal value of the secret-named variable DB_PASSWORD``), or
    ``None`` when it is none. ``name`` is that of the variable, key or parameter that holds it; ``None`` where there is none."""
    text = value.strip()
    if not text:
        return None
    for hit in tokens(text):
        return hit.what
    if context is Context.SERVICE:
        return None
    for hit, user, password, host in urls(text):
        if not (is_local_host(host) or is_dummy(password, user) or _is_throwaway(name, host, context)):
            return hit.what
    for hit, password, host in connection_strings(text):
        if not (is_local_host(host) or is_dummy(password) or _is_throwaway(name, host, context)):
            return hit.what
    if name is None or not is_secret_name(name):
        return None
    if is_reference(text):
        literals = defaults(text)
        return next((reason for literal in literals if (reason := judge(name, literal, context=context))), None)
    if is_dummy(text, name):
        return None
    if context is Context.DEVELOPMENT and (is_own_key(name) or is_database_name(name) or text.lower() in _DEFAULT_PASSWORDS):
        return None
    return f"a literal value of the secret-named variable {name}"


def _is_throwaway(name: str | None, host: str, context: Context) -> bool:
    """A host without a domain is a neighbour in a compose network or a job."""
    return context is Context.DEVELOPMENT and "." not in host
