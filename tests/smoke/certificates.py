"""Certificates for tests, made with the openssl command: an authority, and what it signs."""

from __future__ import annotations

import ssl
import subprocess
from pathlib import Path

_KEY = ("-newkey", "ec", "-pkeyopt", "ec_paramgen_curve:P-256", "-nodes")


def _openssl(folder: Path, *arguments: str) -> None:
    subprocess.run(["openssl", *arguments], cwd=folder, check=True, capture_output=True)


class Authority:
    """An authority in a folder. ``file`` is its own certificate."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        self.file = folder / "ca.pem"
        extensions = ("-addext", "basicConstraints=critical,CA:TRUE", "-addext", "keyUsage=critical,keyCertSign,cRLSign")
        _openssl(
            folder, "req", "-x509", *_KEY, "-keyout", "ca.key", "-out", "ca.pem", "-days", "30", "-subj", "/CN=Test authority", *extensions
        )

    def certificate(self, name: str, *, hosts: str = "DNS:localhost,IP:127.0.0.1", days: int = 30) -> Path:
        """A certificate with its key in one file. Asked for again it is the same one."""
        if (self.folder / f"{name}-both.pem").exists():
            return self.folder / f"{name}-both.pem"
        (self.folder / "extensions").write_text(
            f"subjectAltName={hosts}\nsubjectKeyIdentifier=hash\nauthorityKeyIdentifier=keyid\nbasicConstraints=critical,CA:FALSE\n"
        )
        _openssl(self.folder, "req", *_KEY, "-keyout", f"{name}.key", "-out", f"{name}.csr", "-subj", f"/CN={name}")
        signed = ("-CA", "ca.pem", "-CAkey", "ca.key", "-CAcreateserial", "-days", str(days), "-extfile", "extensions")
        _openssl(self.folder, "x509", "-req", "-in", f"{name}.csr", "-out", f"{name}.pem", *signed)
        return self._joined(name)

    def self_signed(self, name: str) -> Path:
        """One that nobody signed but itself."""
        if (self.folder / f"{name}-both.pem").exists():
            return self.folder / f"{name}-both.pem"
        names = ("-addext", "subjectAltName=DNS:localhost,IP:127.0.0.1")
        _openssl(
            self.folder,
            "req",
            "-x509",
            *_KEY,
            "-keyout",
            f"{name}.key",
            "-out",
            f"{name}.pem",
            "-days",
            "30",
            "-subj",
            f"/CN={name}",
            *names,
        )
        return self._joined(name)

    def _joined(self, name: str) -> Path:
        both = self.folder / f"{name}-both.pem"
        both.write_text((self.folder / f"{name}.key").read_text() + (self.folder / f"{name}.pem").read_text())
        return both


def serving(file: Path, clients_of: Path | None = None) -> ssl.SSLContext:
    """What a server with that certificate uses; with ``clients_of`` it wants one of the client, signed by that authority."""
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    context.load_cert_chain(file)
    if clients_of is not None:
        context.verify_mode = ssl.CERT_REQUIRED
        context.load_verify_locations(clients_of)
    return context
