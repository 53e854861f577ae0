"""What must not be served, and how it is told from a page that only answers 200 to everything."""

from __future__ import annotations

import re
from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Leak:
    """A path, what it would give away, and a pattern that only the thing itself has."""

    path: str
    what: str
    pattern: re.Pattern[bytes]
    hint: str


_FILE = "Keep the file out of what is served."
_ACTUATOR = "Expose health and info only: management.endpoints.web.exposure.include=health,info."
_DEBUG = "Switch the debug page off in what is deployed, or keep it on a port of its own."
_HASH = rb"[0-9a-f]{40}\s*$"


def _leak(path: str, what: str, pattern: bytes, hint: str) -> Leak:
    return Leak(path, what, re.compile(pattern, re.MULTILINE | re.IGNORECASE), hint)


LEAKS = (
    _leak("/.env", "environment variables", rb"\A(?:\s*(?:#.*)?\n)*\s*(?:export\s+)?[A-Z_][A-Z0-9_]*\s*=", _FILE),
    _leak("/.git/HEAD", "the repository", rb"\A(?:ref: refs/|" + _HASH + rb")", _FILE),
    _leak("/.git/config", "the repository's configuration", rb"^\[core\]", _FILE),
    _leak("/.svn/wc.db", "the repository", rb"\ASQLite format 3", _FILE),
    _leak("/.DS_Store", "names of files", rb"\A\x00\x00\x00\x01Bud1", _FILE),
    _leak("/.aws/credentials", "credentials of AWS", rb"^aws_access_key_id", _FILE),
    _leak("/docker-compose.yml", "the compose file", rb"^services:\s*$", _FILE),
    _leak("/config/database.yml", "the database's settings", rb"^\s+adapter:", _FILE),
    _leak("/wp-config.php.bak", "the database's password", rb"define\(\s*['\"]DB_PASSWORD", _FILE),
    _leak("/actuator/env", "the environment, by Spring's actuator", rb"\"propertySources\"\s*:", _ACTUATOR),
    _leak("/actuator/configprops", "the configuration, by Spring's actuator", rb"\"contexts\"\s*:\s*\{.*\"prefix\"", _ACTUATOR),
    _leak("/actuator/heapdump", "the memory of the process", rb"\A(?:JAVA PROFILE|\x1f\x8b\x08)", _ACTUATOR),
    _leak("/debug", "a debug page", rb"Werkzeug Debugger|EVALEX\s*=|__debugger__|<title>Debug(?:ger)?\b|/debug/pprof/", _DEBUG),
    _leak("/debug/pprof/", "profiles of the process", rb"/debug/pprof/|full goroutine stack dump", _DEBUG),
    _leak("/debug/vars", "the command line and memory of the process", rb"\"memstats\"\s*:", _DEBUG),
    _leak("/console", "a console that runs code", rb"EVALEX\s*=|__debugger__|Werkzeug", _DEBUG),
    _leak("/_profiler/", "Symfony's profiler", rb"Symfony Profiler", _DEBUG),
    _leak("/telescope/requests", "Laravel's Telescope", rb"<title>(?:Requests - )?Telescope", _DEBUG),
    _leak("/__debug__/render_panel/", "Django's debug toolbar", rb"djDebug|store_id", _DEBUG),
    _leak("/phpinfo.php", "the environment, by phpinfo()", rb"<title>(?:PHP \S+ - )?phpinfo\(\)", _DEBUG),
    _leak(
        "/server-status", "the requests of others, by Apache", rb"Apache Server Status|^Total Accesses:", "Allow mod_status locally only."
    ),
    _leak("/server-info", "the configuration, by Apache", rb"Apache Server Information", "Allow mod_info locally only."),
)

TRACES = (
    ("a traceback of Python", rb"Traceback \(most recent call last\)|File &quot;[^&]+\.py&quot;, line \d+|File \"[^\"]+\.py\", line \d+"),
    ("Django's debug page", rb"because you have <code>DEBUG = True</code>|You&#x27;re seeing this error because you have"),
    ("Werkzeug's debugger", rb"Werkzeug Debugger|__debugger__"),
    ("a stack trace of Java", rb"^\s*at [\w$.]+\([\w$]+\.(?:java|kt|scala):\d+\)|(?:java|jakarta)\.[\w.]+Exception\b.*\bat "),
    ("a stack trace of JavaScript", rb"\bat (?:[\w$.<>\[\] ]+ \()?(?:file://)?/[^\s()<>]+\.[cm]?[jt]s:\d+:\d+\)?"),
    ("a stack trace of .NET", rb"^\s*at [\w.`\[\]<>]+\([^)]*\) in [^\n]+:line \d+|<title>Internal Server Error</title>.*titleerror"),
    (
        "a stack trace of PHP",
        rb"Stack trace:\s*(?:<br ?/?>)?\s*#0 |(?:Fatal error|Warning)</b>:.* on line <b>\d+|Whoops! There was an error|ignition",
    ),
    ("a stack trace of Ruby", rb"Action Controller: Exception caught|<h2[^>]*>Routing Error|\.rb:\d+:in [`']"),
    ("a stack trace of Go", rb"^goroutine \d+ \[running\]:"),
)
_COMPILED = tuple((what, re.compile(pattern, re.MULTILINE | re.DOTALL)) for what, pattern in TRACES)


def trace_in(page: bytes) -> str:
    """What kind of trace a page shows; empty: none."""
    return next((what for what, pattern in _COMPILED if pattern.search(page)), "")
