"""The tables of the settings that smoke tests need: what a person gets wrong is said, with file and key."""

from __future__ import annotations

import pytest

from pytest_deploy.gate.configuration import load
from pytest_deploy.settings import AuthSettings, HealthSettings, TlsSettings, VersionSettings


def complaint(folder, text: str) -> str:
    (folder / "deploy.toml").write_text(text)
    with pytest.raises(pytest.UsageError) as caught:
        load(folder, folder)
    return str(caught.value)


@pytest.mark.parametrize(
    ("text", "said"),
    [
        ('[[smoke]]\npath = "/a"\nstaus = 200\n', "smoke[0].staus: there is no such key; did you mean status?"),
        ("[[smoke]]\nstatus = 200\n", "smoke[0]: the key path is missing"),
        ('[[smoke]]\npath = "https://other/a"\n', "smoke[0]: path: it is taken below the base URL, and cannot name a host"),
        ('[[smoke]]\npath = "/a"\nstatus = 99\n', "smoke[0].status: expected int >= 100"),
        ('[[smoke]]\npath = "/a"\nstatus = []\n', "smoke[0]: status: the list is empty"),
        ('[[smoke]]\npath = "/a"\nmethod = "GET /"\n', "smoke[0]: method: 'GET /' is no HTTP method"),
        ('[[smoke]]\npath = "/a"\njson = 1\ndata = "x"\n', "smoke[0]: json and data are both there; a request has one body"),
        (
            '[[smoke]]\npath = "/a"\nexpect_text = "("\n',
            "smoke[0]: expect_text: this is no regular expression: missing ), unterminated subpattern at position 0",
        ),
        ('[[smoke]]\npath = "/a"\nmax_seconds = 0\n', "smoke[0].max_seconds: expected float > 0.0"),
        ("[health]\nanswers = 0\n", "health.answers: expected int >= 1"),
        ('[health]\ntimeout = "10"\n', "health.timeout: expected float, got str"),
        ("[health]\npaht = 1\n", "health.paht: there is no such key; did you mean path?"),
        ('[version]\npointer = "commit"\n', "version: pointer: a JSON pointer begins with a slash: /commit"),
        ('[version]\npointer = "/a"\nheader = "b"\n', "version: pointer and header are both there; the version stands in one place"),
        ('[version]\npiont = "/a"\n', "version.piont: there is no such key; did you mean pointer?"),
        (
            '[auth]\nbearer_env = "A"\nbasic_env = "B"\n',
            "auth: bearer_env and basic_env are both there; a request has one Authorization header",
        ),
        ('[auth]\nbearer = "A"\n', "auth.bearer: there is no such key; did you mean bearer_env?"),
        ('[tls]\nkey = "k.pem"\n', "tls: key: there is no certificate that it belongs to"),
        ("[tls]\ndays_left = -1\n", "tls.days_left: expected int >= 0"),
        ("[latency]\ntolerance = -0.1\n", "latency.tolerance: expected float >= 0.0"),
        ('[latency]\nbaseline = "../latency.json"\n', "latency: baseline: ../latency.json is not a path within the repository"),
        ('[latency]\nbaseline = ""\n', "latency: baseline: the name of the file is empty"),
        ('[rollback]\ncommand = "kubectl rollout undo"\n', "rollback.command: expected list, got str"),
        ('[rollback]\ncommand = [" "]\n', "rollback: command: its first word, the program, is empty"),
        ('[rollback]\nplan = "/etc/plan.md"\n', "rollback: plan: /etc/plan.md is not a path within the repository"),
        ("[rollback]\ntimeout = 0\n", "rollback.timeout: expected float > 0.0"),
    ],
)
def test_what_is_wrong_is_said(tmp_path, text, said):
    assert complaint(tmp_path, text) == f"deploy.toml: {said}"


@pytest.mark.parametrize("key", ["bearer_env", "basic_env"])
def test_a_value_in_the_place_of_a_name_is_refused_and_not_repeated(tmp_path, key):
    text = complaint(tmp_path, f'[auth]\n{key} = "canary-token.value"\n')
    assert "canary" not in text
    assert f"{key}: this is not the name of an environment variable" in text


def test_everything_at_once(tmp_path):
    (tmp_path / "deploy.toml").write_text(
        '[[smoke]]\npath = "/auth/login"\nmethod = "POST"\njson = { email = "a@example.org" }\nstatus = [400, 401]\n'
        'expect_json = { error = "x" }\nexpect_text = "x"\nexpect_headers = { A = "*" }\nmax_seconds = 1\nfollow = true\n'
        '[[smoke]]\npath = "/b"\ndata = { a = "1" }\n'
        '[health]\npath = "/up"\nanswers = 2\ntimeout = 3\n[version]\npath = "/v"\nheader = "X-Version"\n'
        '[auth]\nbearer_env = "SMOKE_TOKEN"\nheader_env = { X-Api-Key = "SMOKE_KEY" }\n'
        '[tls]\nca_file = "ca.pem"\ncertificate = "c.pem"\nkey = "k.pem"\nkey_password_env = "KEY_PASSWORD"\ndays_left = 7\n'
    )
    settings = load(tmp_path, tmp_path).settings
    assert settings.smoke[0].statuses == (400, 401)
    assert settings.smoke[0].max_seconds == 1.0
    assert settings.smoke[1].statuses == (200,)
    assert settings.health == HealthSettings(path="/up", answers=2, timeout=3.0)
    assert settings.version == VersionSettings(path="/v", header="X-Version")
    assert settings.auth == AuthSettings(bearer_env="SMOKE_TOKEN", header_env={"X-Api-Key": "SMOKE_KEY"})
    assert settings.tls == TlsSettings(ca_file="ca.pem", certificate="c.pem", key="k.pem", key_password_env="KEY_PASSWORD", days_left=7)


def test_the_defaults(tmp_path):
    settings = load(tmp_path, tmp_path).settings
    assert (settings.smoke, settings.version) == ((), None)
    assert settings.health == HealthSettings(path="", answers=3, timeout=10.0)
    assert settings.auth == AuthSettings()
