"""Whom TLS trusts, and who we are."""

from __future__ import annotations

import functools
import ssl
from collections.abc import Callable
from pathlib import Path

from pytest_deploy.settings import TlsSettings
from pytest_deploy.smoke.credentials import variable
from pytest_deploy.smoke.failures import SettingsProblem


def context(settings: TlsSettings, root: Path) -> ssl.SSLContext:
    """The context for a client; files are taken relative to ``root``.

    Raises ``SettingsProblem`` for a file or password that does not do.
    """
    password = variable(settings.key_password_env, "tls.key_password_env") if settings.key_password_env else ""
    if not (settings.ca_file or settings.certificate):
        return _system()
    made = _new_system()
    if settings.ca_file:
        made = ssl.SSLContext(ssl.PROTOCOL_TLS_CLIENT)  # that file instead of the system's store
        _load(lambda: made.load_verify_locations(root / settings.ca_file), f"tls.ca_file: {settings.ca_file}")
    if settings.certificate:
        key = root / settings.key if settings.key else None
        # A callback in any case: without one OpenSSL would ask at the terminal.
        _load(
            lambda: made.load_cert_chain(root / settings.certificate, key, lambda: password),
            f"tls.certificate: {settings.certificate}",
        )
    return made


def _load(load: Callable[[], None], what: str) -> None:
    try:
        load()
    except ssl.SSLError as error:
        raise SettingsProblem(f"{what} cannot be used: {(error.reason or str(error)).replace('_', ' ').lower()}") from None
    except OSError as error:
        raise SettingsProblem(f"{what} cannot be read: {error.strerror or error}") from None
    except ValueError as error:
        raise SettingsProblem(f"{what} cannot be used: {error}") from None


@functools.cache
def _system() -> ssl.SSLContext:
    return _new_system()


def _new_system() -> ssl.SSLContext:
    made = ssl.create_default_context()
    paths = ssl.get_default_verify_paths()
    if not made.cert_store_stats()["x509_ca"] and not paths.capath:
        # A Python without access to the system's store (some builds for macOS) would trust nobody.
        import certifi

        made.load_verify_locations(certifi.where())
    return made
