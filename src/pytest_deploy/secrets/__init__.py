"""The one judge of "is this a literal secret", and how secrets are masked wherever text is shown.

Everything that looks for secrets asks here, so that a Dockerfile, a manifest and a pipeline are held to the same measure:
a known token format, a password in a URL or connection string, or a literal value under a secret's name that is no
placeholder, reference, path, number or other evident dummy.
"""

from pytest_deploy.secrets.formats import is_local_host, live_token
from pytest_deploy.secrets.judging import Context, judge
from pytest_deploy.secrets.masking import mask, mask_value
from pytest_deploy.secrets.names import is_database_name, is_secret_name
from pytest_deploy.secrets.references import is_reference

__all__ = [
    "Context",
    "is_database_name",
    "is_local_host",
    "is_reference",
    "is_secret_name",
    "judge",
    "live_token",
    "mask",
    "mask_value",
]
