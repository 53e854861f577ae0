"""What operators do by hand.

python -m shop.manage account EMAIL    make an account; its password is read from the standard input
python -m shop.manage token EMAIL      print a token for an account
"""

from __future__ import annotations

import os
import sys

import sqlalchemy as sa

from shop import accounts
from shop.config import from_environment
from shop.store import Store


def main(arguments: list[str]) -> int:
    """Do it; 2 when it is not understood."""
    config = from_environment()
    match arguments:
        case ["account", email]:
            salt = os.urandom(16)
            Store(sa.create_engine(config.database_url)).add_account(
                email, salt, accounts.digest(sys.stdin.readline().rstrip("\n"), salt)
            )
        case ["token", email]:
            sys.stdout.write(f"{accounts.issue(email, config.secret_key)}\n")
        case _:
            sys.stderr.write(f"{__doc__}\n")
            return 2
    return 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
