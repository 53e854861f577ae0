"""What a job that cannot be seen could be: a remote reusable workflow, an orb's job, a remote template."""

from __future__ import annotations

import re

from pytest_deploy.pipelines.graph import Node
from pytest_deploy.pipelines.model import Job
from pytest_deploy.pipelines.roles import Role

# Words of names, never proof: they only tell which question an unseen job leaves open.
_HINTS: tuple[tuple[str, tuple[Role, ...]], ...] = (
    (r"deploy\w*|rollout|release-to|promot\w*|cd", ("deploy",)),
    (r"build\w*|docker\w*|images?|containers?|publish\w*|push|packages?", ("image-build", "image-push")),
    (r"scan\w*|trivy|grype|snyk|sast|vulnerab\w*", ("image-scan", "security-scan")),
    (r"security|codeql|semgrep|veracode|owasp|audit|scorecards?|sca", ("security-scan",)),
    (r"test\w*|unit|integration|ci|pytest|verify", ("tests",)),
    (r"smoke|e2e|health\w*", ("smoke",)),
    (r"lint\w*|format|style", ("lint",)),
    (r"rollback|revert", ("rollback",)),
)
_UNRELATED = re.compile(
    r"label\w*|stale|jira|issues?|triage|greet\w*|assign\w*|notify|notification|slack|welcome|dependabot|renovate|cla|project|backport|"
    r"auto-?merge|(?<!release )semantic(?![-_ ]?release)|title|codeowners|milestone|translat\w*|docs?|pages|changelog|lock|close|sync|"
    r"licen[cs]es?|signal|communit\w*|contribut\w*"
)


def words_of(job: Job) -> str:
    """The names by which an unseen job is known: of the file or orb job that it uses, and its own."""
    used = job.opaque.name.rpartition("/")[2].removesuffix(".yml").removesuffix(".yaml") if job.opaque else ""
    return f"{used} {job.id} {job.name.text if job.name else ''}".lower()


def hints(job: Job) -> frozenset[Role]:
    """The roles that an unseen job's names and parameters speak of (empty: they say nothing)."""
    text = words_of(job)
    found = {role for pattern, roles in _HINTS if re.search(rf"(?<![a-z])(?:{pattern})(?![a-z])", text) for role in roles}
    if job.environment is not None:
        found.add("deploy")
    return frozenset(found)


def unrelated(job: Job) -> bool:
    """Whether its names say that it has nothing to do with a release (a labeler, a stale bot)."""
    return not hints(job) and re.search(rf"(?<![a-z])(?:{_UNRELATED.pattern})(?![a-z])", words_of(job)) is not None


def could(job: Job, role: Role) -> bool:
    """Whether an unseen job could be what has this role: its names say so, say nothing, or speak of building and testing as a whole."""
    said = hints(job)
    return not unrelated(job) and (not said or role in said or bool(said & {"image-build", "tests"}))


def shown(node: Node) -> str:
    """How what cannot be seen of a job is named in a reason."""
    place = f"job {node.job.id}, {node.job.place.path}:{node.job.place.line}"
    if node.job.opaque:
        return f"{node.job.opaque.text} ({place})"
    act = next((doing.act for doing in node.doings() if doing.role == "unseen"), None)
    return f"`{act.text}` ({place})" if act else node.name
