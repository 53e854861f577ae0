"""Which names are those of secrets: ``DB_PASSWORD``, ``apiKey``, ``ENCRYPTOR_SALT``; not ``PASSWORD_FILE`` or ``PUBLIC_KEY``."""

from __future__ import annotations

import functools
import itertools
import re

from pytest_deploy.secrets.tables import words

_ANYWHERE = frozenset({"password", "passwd", "passphrase", "secret", "token", "credential", "credentials", "creds", "apikey", "pwd"})
"""Words that make a name secret wherever they stand in it."""

_AT_THE_END = frozenset({"pass", "salt", "pepper", "pw"})
"""Words that do so only as the last one (``pass_through`` is none)."""

_GLUED = re.compile(r"(?:password|passwd|passphrase|secret|token|api_?key|secret_?key|private_?key|access_?key|encryption_?key)$")
"""Ends of a word that has others before it: ``PGPASSWORD``, ``authtoken``."""

_KEYS = words(
    """
    api secret private access encryption encrypt encryptor signing sign master app auth authentication account storage jwt
    hmac license service ssh gpg pgp rsa aes ssl tls crypto cipher subscription instrumentation webhook deploy admin
    fernet
    """
)
"""What stands before ``key`` in the name of a secret."""

_ABOUT = words(
    """
    name names file files filename path paths dir directory folder url urls uri endpoint host hostname port id ids arn ref
    refs expiry expires expiration expire ttl timeout length len min max count size limit type kind algorithm alg format
    version enabled disabled required policy issuer audience header headers prefix suffix field label hint reset rotation
    store provider manager engine mount scope scopes permission permissions env var variable hash hashes hasher hashers sha
    sha1 sha256 sha512 checksum digest fingerprint cert certificate lifetime age seconds minutes hours days method mode
    duration interval location region namespace title description message regex pattern validator validators validation
    input form template page view class script command cmd source backend driver date time at created updated exists stdin
    handler helper resolver rounds iterations cost strategy username user email domain group owner role param parameter
    placeholder example generator usage budget tokens bucket vault project ring
    """
)
"""Last words that make a name speak *about* a secret."""

_PUBLIC = words("public publishable pub anon sitekey site csrf xsrf hashed page next cursor continuation pagination")
"""Words of values that everybody may see."""

_FOR_BROWSERS = re.compile(r"(?:NEXT_PUBLIC|NUXT_PUBLIC|EXPO_PUBLIC|PUBLIC|VITE|REACT_APP|VUE_APP|GATSBY|NG_APP)_", re.IGNORECASE)
"""Prefixes by which a build puts a variable into the code that browsers get: no secret, by its author's own word."""

_FLAGS = words(
    """
    no skip disable disabled allow allowed use enable enabled has is require required requires persist mask hide show check
    with max min num total count generate create update rotate validate verify scan detect reset forgot change pad eos bos
    stop
    """
)
"""First words of a switch, a number or something done with a secret."""

_OWN_KEYS = re.compile(
    r"(?:^|_)(?:secret_key(?:_base)?|app_key|app_secret|encryption_key|encryption_secret|jwt_secret|jwt_key|session_secret|cookie_secret|"
    r"nextauth_secret|auth_secret|salt|pepper|secret|signing_key|hmac_key|encryptor_salt|secret_token|fernet_key|master_key)$"
)
_DATABASES = re.compile(
    r"(?:^|_)(?:postgres|postgresql|pg|pgpassword|mysql|mariadb|mssql|sql|sa|db|database|redis|mongo|mongodb|mongo_initdb|rabbitmq|amqp|minio|"
    r"clickhouse|elastic|elasticsearch|opensearch|neo4j|couchdb|cassandra|memcached|ldap|localstack|root|test|oracle|influxdb|dba)(?:_|$)"
)


@functools.lru_cache(maxsize=4096)
def words_of(name: str) -> tuple[str, ...]:
    """The words of a name in lower case, without numbers at its end: ``dbPassword2`` -> ``db``, ``password``."""
    parts = re.findall(r"[A-Z]+(?![a-z])|[A-Z]?[a-z]+|[0-9]+|[^\W\d_]+", name)
    found = [part.lower() for part in parts]
    while found and found[-1].isdigit():
        found.pop()
    return tuple(found)


@functools.lru_cache(maxsize=4096)
def is_secret_name(name: str) -> bool:
    """Whether a variable, key or parameter of this name would hold a secret."""
    if _FOR_BROWSERS.match(name):
        return False
    parts = words_of(name)
    if not parts or parts[-1] in _ABOUT or parts[0] in _FLAGS or _PUBLIC.intersection(parts) or parts == ("id", "token"):
        return False
    if _ANYWHERE.intersection(parts) or parts[-1] in _AT_THE_END or any(_GLUED.search(part) for part in parts):
        return True
    if parts[-1] == "pat":
        return len(parts) > 1
    return any(word == "key" and before in _KEYS for before, word in itertools.pairwise(parts))


def is_own_key(name: str) -> bool:
    """Whether it is a key that an application makes up for itself (``SECRET_KEY``, ``JWT_SECRET``): outside this application it
    opens nothing."""
    return bool(_OWN_KEYS.search("_".join(words_of(name))))


def is_database_name(name: str) -> bool:
    """Whether it is a setting of a database or another service that tests start for themselves (``POSTGRES_PASSWORD``)."""
    return bool(_DATABASES.search("_".join(words_of(name))))
