"""What smoke tests load, and what of them gets from one process to another."""

from __future__ import annotations

import pickle
import subprocess
import sys

import pytest

from pytest_deploy.smoke import kinds
from pytest_deploy.smoke.failures import RequestFailed, duration


def test_httpx_is_loaded_only_once_something_is_asked():
    names = "address, asking, claim, claims, declared, deployment, endpoints, failures, health, reading, rollout, timeline, version"
    code = f"import sys\nfrom pytest_deploy.smoke import {names}\nprint(sorted({{'httpx', 'httpcore', 'anyio'}} & set(sys.modules)))"
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert done.stdout == "[]\n"


def test_a_failure_keeps_its_words_on_the_way_to_another_process():
    failure = kinds.BrokenOff("the body broke off", method="GET", url="http://x/", seconds=0.25, status=200)
    other = pickle.loads(pickle.dumps(failure))
    assert isinstance(other, RequestFailed)
    assert str(other) == str(failure) == "GET http://x/: it answered 200, but the body broke off, after 250 ms"
    assert (other.url, other.what, other.seconds, other.status) == (failure.url, failure.what, failure.seconds, failure.status)


@pytest.mark.parametrize(
    ("seconds", "said"),
    [(0, "0 ms"), (0.0404, "40 ms"), (0.9996, "1 s"), (2.54, "2.5 s"), (119.9, "119.9 s"), (120, "2 min"), (200.4, "3 min 20 s")],
)
def test_times_as_people_say_them(seconds, said):
    assert duration(seconds) == said
