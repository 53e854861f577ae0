from __future__ import annotations

import pytest

from pytest_deploy.secrets import Context, is_reference, is_secret_name, judge, live_token

# Put together at run time, so that no scanner takes this file for a leak.
AWS = "AKIA" + "Q3EGRZ7LWXPT5VNM"
GITHUB = "ghp_" + "k3Vd9Qm2Xr7Lw5Tz8Hb1Nc4Jp6Sf0Gy2Aq8Ez"[:36]
RANDOM = "q7Hx2Lk9" + "Vn4Rt8Wz1Bd6"


@pytest.mark.parametrize(
    "name",
    [
        "DB_PASSWORD", "dbPassword", "PGPASSWORD", "apiKey", "API_KEY", "SECRET_KEY_BASE", "ENCRYPTOR_SALT", "PASSWORD_PEPPER", "GH_PAT",
        "NPM_TOKEN", "client-secret", "SMTP_PASS", "AWS_SECRET_ACCESS_KEY", "private_key", "DOCKER_PASSWORD2", "authtoken", "APP_KEY",
    ],
)  # fmt: skip
def test_names_of_secrets_are_known(name: str) -> None:
    assert is_secret_name(name)


@pytest.mark.parametrize(
    "name",
    [
        "PASSWORD_FILE", "SECRET_NAME", "PUBLIC_KEY", "NEXT_PUBLIC_API_KEY", "id-token", "persist-credentials", "TOKEN_URL", "MAX_TOKENS",
        "AWS_ACCESS_KEY_ID", "PASSWORD_MIN_LENGTH", "cache-key", "key", "CACHE_KEY_PREFIX", "SECRET_ARN", "COMPASS", "bypass", "monkey",
        "TOKEN_EXPIRY", "PASSTHROUGH", "DATABASE_URL", "SALT_MASTER_HOST", "primary_key",
    ],
)  # fmt: skip
def test_names_that_only_speak_of_secrets_are_none(name: str) -> None:
    assert not is_secret_name(name)


@pytest.mark.parametrize(
    "value",
    [
        "", "changeme", "change-this", "changethis", "example", "dummy", "fake-token", "test", "not-so-secret", "throwaway", "dev-only",
        "unsafe", "xxx", "xxxxxxxx", "your-api-key", "YOUR_API_KEY", "<token>", "aaaaaaaa", "CAFEBABE", "DEADBEEF" * 4,
        "fixme-postgres-password",
        "---", "null", "password", "secret", "build-key", "thisisnotarealsecret", "fakesecret", "don't write secrets to the sample file",
        "$X", "${X}", "${X:?}", "${{ secrets.X }}", '{"password": "${{ secrets.X }}"}', "vault:secret/data/app#key", "ssm:/app/key",
        "arn:aws:secretsmanager:eu-west-1:123456789012:secret:app", "op://vault/item/field", "ENC[AES256_GCM,data:abc]", "$(cat token)",
        "/run/secrets/db_password", "./keys/app.pem", "secrets/prod/db", "my-app-db-password", "DB_PASSWORD", "true", "no", "3600", "0x1F",
        "ssh-ed25519 AAAAC3NzaC1lZDI1NTE5AAAAIBq7", "-----BEGIN PUBLIC KEY-----", "sha256:2c26b46b68ffc68ff99b453c1d304134", "1234567890",
        "https://example.org/token", "{{ vault_password }}", "%SECRET%", "read", "write", "inherit", "0123456789abcdef0123456789abcdef",
    ],
)  # fmt: skip
def test_placeholders_references_names_and_numbers_are_no_secrets(value: str) -> None:
    assert judge("API_TOKEN", value) is None


def test_a_value_equal_to_its_own_name_is_a_placeholder() -> None:
    assert judge("mailPassphrase", "mail_passphrase") is None


@pytest.mark.parametrize("value", [RANDOM, "hunter2", "postgres", "Tr0ub4dor&3", "s9f8g7h6j5k4"])
def test_a_literal_under_a_secret_name_is_a_secret(value: str) -> None:
    assert judge("DB_PASSWORD", value) == "a literal value of the secret-named variable DB_PASSWORD"


def test_the_same_literal_under_an_ordinary_name_is_none() -> None:
    assert judge("COLOUR", RANDOM) is None
    assert judge(None, RANDOM) is None


@pytest.mark.parametrize(
    ("value", "what"),
    [
        (AWS, "an AWS access key id"),
        (f"aws configure set key {AWS}", "an AWS access key id"),
        (GITHUB, "a GitHub token"),
        ("glpat-" + "x9Kq2mZr7LwT4vNb8PdY", "a GitLab token"),
        ("xoxb-" + "203948576102-4837261905827-Kd8sLq2mXz7RtVw5", "a Slack token"),
        ("https://hooks.slack.com/services/" + "T03KQ8Z2M/B05LR7X1N/k2Jd8sLq9mXz7RtVw5PbNc4H", "a Slack webhook"),
        ("sk_live_" + "4eC39HqLyjWDarjtT1zdp7dc", "a live Stripe key"),
        ("AIza" + "SyD3k9Lq2mXz7RtVw5PbNc4HgJf8sKd1Ry6", "a Google API key"),
        ("npm_" + "k3Vd9Qm2Xr7Lw5Tz8Hb1Nc4Jp6Sf0Gy2Aq8E", "an npm token"),
        ("pypi-AgE" + "IcHlwaS5vcmcCJDk3Yz" + RANDOM * 2, "a PyPI token"),
        ("SG." + "k3Vd9Qm2Xr7Lw5Tz8Hb1Nc" + "." + "Jp6Sf0Gy2Aq8Ek3Vd9Qm2Xr7Lw5Tz8Hb1Nc4Jp6Sf0", "a SendGrid key"),
        ("SK" + "0f3a9c7b5e2d8146a0b3c7d9e1f52846", "a Twilio API key"),
        ("DefaultEndpointsProtocol=https;AccountName=a;AccountKey=" + "k3Vd9Qm2Xr7Lw5Tz8Hb1" * 4 + "Nc4Jp6==", "an Azure storage key"),
    ],
)
def test_a_known_token_format_is_a_secret_under_any_name(value: str, what: str) -> None:
    assert judge("NOTE", value) == what
    assert live_token(value) == what
    assert judge("NOTE", value, context=Context.SERVICE) == what


def test_a_private_key_block_counts_only_with_a_key_in_it() -> None:
    body = "MIIEvQIBADANBgkqhkiG9w0BAQEFAASCBKcwggSjAgEAAoIBAQC7VJTUt9Us8cKj" * 2
    assert live_token(f"-----BEGIN RSA PRIVATE KEY-----\n{body}\n-----END RSA PRIVATE KEY-----") == "a private key"
    assert live_token("grep -q 'BEGIN RSA PRIVATE KEY' file") is None
    assert live_token("-----BEGIN PRIVATE KEY-----\n...\n-----END PRIVATE KEY-----") is None


@pytest.mark.parametrize(
    "value",
    ["AKIAIOSFODNN7EXAMPLE", "ghp_" + "x" * 36, "sk_test_" + "4eC39HqLyjWDarjtT1zdp7dc", "glpat-xxxxxxxxxxxxxxxxxxxx", "AKIA" + "X" * 16],
)
def test_published_examples_and_test_keys_are_not_live(value: str) -> None:
    assert live_token(value) is None


def test_a_password_in_a_url_counts_unless_the_host_is_local_or_it_is_a_dummy() -> None:
    assert judge("DATABASE_URL", "postgres://app:hunter2@db.prod.acme.io:5432/app") == "a password in a URL"
    assert judge("DATABASE_URL", "postgres://app:hunter2@localhost:5432/app") is None
    assert judge("DATABASE_URL", "postgres://app:changeme@db.prod.acme.io/app") is None
    assert judge("DATABASE_URL", "postgres://app:${PASSWORD}@db.prod.acme.io/app") is None
    assert judge("DATABASE_URL", "postgres://app:hunter2@db/app") == "a password in a URL"
    assert judge("DATABASE_URL", "postgres://app:hunter2@db/app", context=Context.DEVELOPMENT) is None
    assert judge(None, "git clone https://x-access-token:${{ secrets.TOKEN }}@github.com/a/b") is None


def test_a_connection_string_is_read_like_a_url() -> None:
    assert judge("CS", "Server=sql.acme.io;User Id=sa;Password=Xk29!fLq") == "a password in a connection string"
    assert judge("CS", "Server=localhost,1433;User Id=sa;Password=Xk29!fLq") is None


def test_a_default_that_stands_in_for_a_reference_is_judged() -> None:
    assert judge("DB_PASSWORD", "${DB_PASSWORD:-hunter2}") is not None
    assert judge("DB_PASSWORD", "${DB_PASSWORD:-${OTHER}}") is None
    assert judge("DB_PASSWORD", "${DB_PASSWORD:-}") is None
    assert judge("TOKEN", "${{ secrets.TOKEN || 'hunter2' }}") is not None


def test_in_a_development_file_own_keys_and_databases_are_throwaways_but_outside_tokens_are_not() -> None:
    assert judge("SECRET_KEY", RANDOM, context=Context.DEVELOPMENT) is None
    assert judge("POSTGRES_PASSWORD", "hunter2", context=Context.DEVELOPMENT) is None
    assert judge("MAILER_API_KEY", RANDOM, context=Context.DEVELOPMENT) is not None
    assert judge("SECRET_KEY", RANDOM) is not None


def test_in_a_service_container_any_password_is_a_throwaway() -> None:
    assert judge("MYSQL_ROOT_PASSWORD", "hunter2", context=Context.SERVICE) is None


def test_references_are_told_from_text() -> None:
    assert is_reference("Bearer ${TOKEN}")
    assert not is_reference("pa$$word")
