"""Certificates: what is wrong with one is said; an authority of one's own and client certificates do."""

from __future__ import annotations

import socket

import pytest

from pytest_deploy.settings import HealthSettings, Settings, TlsSettings
from pytest_deploy.smoke import kinds
from pytest_deploy.smoke.client import new_client
from pytest_deploy.smoke.failures import SettingsProblem
from smoke import fault_server as faults
from smoke.asking_both import AMPLE, DEADLINE, SYNC_AND_ASYNC, ask, failure
from smoke.certificates import serving
from smoke.fault_server import FaultServer


@pytest.fixture(scope="module")
def good(authority):
    return authority.certificate("good")


def trusting(authority, **more) -> Settings:
    return Settings(health=HealthSettings(timeout=AMPLE), tls=TlsSettings(ca_file=str(authority.file), **more))


@SYNC_AND_ASYNC
@pytest.mark.parametrize("host", ["127.0.0.1", "localhost"])
def test_an_authority_of_ones_own_is_trusted_when_settings_name_it(kind, authority, good, host):
    with FaultServer(faults.says(200, "ok"), tls=serving(good)) as server:
        assert ask(kind, server.url.replace("127.0.0.1", host), settings=trusting(authority)).text == "ok"


@SYNC_AND_ASYNC
def test_without_the_setting_it_is_not(kind, good):
    with FaultServer(faults.says(), tls=serving(good)) as server:
        failed = failure(kind, server.url, "/health")
    assert type(failed) is kinds.TlsFailed
    said = "the certificate comes from an authority that is not trusted here, or the server does not send the certificates in between"
    assert str(failed).startswith(f"GET {server.url}/health: {said}, after ")


@SYNC_AND_ASYNC
@pytest.mark.parametrize(
    ("make", "said"),
    [
        (lambda authority: authority.certificate("expired", days=-1), "the certificate has expired"),
        (lambda authority: authority.self_signed("own"), "the certificate is self-signed"),
        (
            lambda authority: authority.certificate("elsewhere", hosts="DNS:other.example"),
            "the certificate is for another address (IP address mismatch, certificate is not valid for '127.0.0.1'.)",
        ),
    ],
    ids=["expired", "self-signed", "wrong-host"],
)
def test_a_certificate_that_does_not_do(kind, authority, make, said):
    with FaultServer(faults.says(), tls=serving(make(authority))) as server:
        failed = failure(kind, server.url.replace("//", "//ann:canary@"), "/health", settings=trusting(authority))
    assert type(failed) is kinds.TlsFailed
    assert str(failed).startswith(f"GET {server.url}/health: {said}, after ")


@SYNC_AND_ASYNC
def test_a_certificate_for_another_name(kind, authority):
    other = authority.certificate("another", hosts="DNS:other.example")
    with FaultServer(faults.says(), tls=serving(other)) as server:
        failed = failure(kind, server.url.replace("127.0.0.1", "localhost"), settings=trusting(authority))
    assert "the certificate is for another host (Hostname mismatch, certificate is not valid for 'localhost'.)" in str(failed)


@SYNC_AND_ASYNC
def test_https_to_a_port_of_plain_http(kind):
    def greet(server: FaultServer, connection: socket.socket) -> bool:
        connection.recv(1000)
        connection.sendall(b"HTTP/1.1 400 Bad Request\r\nContent-Length: 0\r\n\r\n")
        return False

    with FaultServer(faults.says(), greet=greet) as server:
        failed = failure(kind, server.url.replace("http:", "https:"))
    assert type(failed) is kinds.TlsFailed
    assert "what listens there does not speak TLS: the address may be one of plain http" in str(failed)


@SYNC_AND_ASYNC
def test_a_server_that_stalls_while_tls_is_agreed_on(kind):
    def greet(server: FaultServer, connection: socket.socket) -> bool:
        faults.Visit(server, connection, faults.Asked("", "", {}), 1).hold_quietly()
        return False

    with FaultServer(faults.says(), greet=greet) as server:
        failed = failure(kind, server.url.replace("http:", "https:"), within=DEADLINE)
    assert type(failed) is kinds.NoConnection
    assert str(failed).endswith("connected, but TLS was not agreed on within 200 ms")


@SYNC_AND_ASYNC
def test_a_client_certificate(kind, authority, good):
    client = authority.certificate("client")
    with FaultServer(faults.says(200, "known"), tls=serving(good, clients_of=authority.file)) as server:
        assert ask(kind, server.url, settings=trusting(authority, certificate=str(client))).text == "known"
        failed = failure(kind, server.url, settings=trusting(authority))
    assert isinstance(failed, kinds.TlsFailed | kinds.BrokenOff)


@SYNC_AND_ASYNC
def test_verification_can_be_switched_off_by_a_test(kind, good):
    with FaultServer(faults.says(200, "ok"), tls=serving(good)) as server:
        assert ask(kind, server.url, client={"verify": False}).text == "ok"


@pytest.mark.parametrize(
    ("settings", "said"),
    [
        (TlsSettings(ca_file="missing.pem"), "tls.ca_file: missing.pem cannot be read: No such file or directory"),
        (TlsSettings(certificate="missing.pem"), "tls.certificate: missing.pem cannot be read: No such file or directory"),
        (TlsSettings(ca_file="empty.pem"), "tls.ca_file: empty.pem cannot be used: no certificate or crl found"),
        (
            TlsSettings(certificate="c.pem", key_password_env="NOT_SET_EITHER"),
            "the environment variable NOT_SET_EITHER, which the setting tls.key_password_env names, is not set",
        ),
    ],
)
def test_a_file_that_does_not_do_is_named(tmp_path, settings, said):
    (tmp_path / "empty.pem").write_text("nothing\n")
    with pytest.raises(SettingsProblem) as caught:
        new_client("https://localhost:1", Settings(tls=settings), root=tmp_path)
    assert str(caught.value) == said
