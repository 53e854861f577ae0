"""The version that runs is the one that was deployed

A deploy may succeed and change nothing: the image was not pulled, the tag points to an old one, an old instance still answers. Only
the deployment itself knows what it runs; it has to say so, and that has to be what was deployed: `--deploy-version`, else the commit
that is checked out, or one of its tags.

Short and long hashes of a commit are the same (7 digits at least), and so are a tag with and without `v`, and what
`git describe` gives and its commit. Without settings this is unverified: nobody knows where the version is told.

## Settings
```toml
[tool.pytest-deploy.version]
path = "/version"
pointer = "/commit"       # a JSON pointer; or header = "X-Version"; with neither the answer's text is the version
```

## References
- <https://www.rfc-editor.org/rfc/rfc6901>
- <https://12factor.net/build-release-run>
"""

from __future__ import annotations

from collections.abc import Iterator

from pytest_deploy.findings import Finding, Unverified
from pytest_deploy.smoke.claim import Subject, claim, of_whole
from pytest_deploy.smoke.claims._saying import hint_for
from pytest_deploy.smoke.deployment import Deployment
from pytest_deploy.smoke.failures import AnswerUnreadable, RequestFailed
from pytest_deploy.smoke.reading import name_of
from pytest_deploy.smoke.version import running


@claim("required", about=of_whole("version"))
def smoke_version(deployment: Deployment, subject: Subject) -> Iterator[Finding]:
    """Ask for the version."""
    settings = deployment.settings.version
    if settings is None:
        raise Unverified("nothing says where the deployment tells its version: set version.path, and version.pointer or version.header")
    if deployment.wanted is None:
        raise Unverified("nothing says which version was deployed: there is no commit here, so give --deploy-version")
    try:
        response = deployment.client.get(settings.path, headers={"Connection": "close"})
        found = running(response, settings)
    except RequestFailed as failure:
        yield Finding(str(failure), subject.place, hint_for(failure))
    except AnswerUnreadable as problem:
        yield Finding(str(problem), subject.place, "Set version.path, and version.pointer or version.header, to where the version is told.")
    else:
        if not deployment.wanted.is_met_by(found):
            yield Finding(
                f"{name_of(response)}: version {found} runs; {deployment.wanted} ({deployment.wanted.origin}) was deployed",
                subject.place,
                "Look whether the rollout has finished and pulled the new image; --deploy-wait waits for it.",
            )
