"""Commands that run in a container: ``docker run IMAGE cmd``, ``docker compose run SERVICE cmd``."""

from __future__ import annotations

import posixpath
from typing import TYPE_CHECKING

from pytest_deploy.pipelines.following.links import Behind, Call, Link, joined, options, within

if TYPE_CHECKING:
    from pytest_deploy.artifacts.compose import Service

_RUN = (
    "-e --env --env-file -v --volume -w --workdir -u --user -p --publish --name --network --net --mount --entrypoint -h --hostname "
    "-l --label --add-host --platform -m --memory --cpus --link --tmpfs --gpus --restart --pull --cap-add --cap-drop "
    "--security-opt --device --ulimit --shm-size --pid --ipc --dns --log-driver --log-opt --network-alias --volumes-from --cidfile "
    "--group-add --health-cmd --health-interval --health-timeout --health-retries --stop-timeout --expose -a --attach --init-path "
    "--userns --secret"
)
_COMPOSE = "-f --file -p --project-name --profile --env-file --project-directory --ansi --progress --parallel"
_COMPOSE_RUN = (
    "-e --env -v --volume -w --workdir -u --user -p --publish --name --entrypoint -l --label --index --cap-add --cap-drop "
    "--env-from-file --pull"
)
_COMPOSE_UP = "--exit-code-from --scale -t --timeout --wait-timeout --attach --no-attach --pull --index"
_FILES = ("compose.yaml", "compose.yml", "docker-compose.yml", "docker-compose.yaml")


def container(call: Call) -> Behind | None:
    """The command that a container runs, as far as it is written."""
    if call.name in ("docker-compose", "podman-compose"):
        return _compose(call, call.arguments)
    if call.name not in ("docker", "podman", "nerdctl") or len(call.words) < 3:
        return None
    if call.words[1] == "compose":
        return _compose(call, call.words[2:])
    words = call.words[2:] if call.words[1] != "container" else call.words[3:]
    if "run" not in call.words[1:3]:
        return None
    found = options(words, _RUN, stop=True)
    entrypoint = (found.last("--entrypoint") or "").split()
    command = (*entrypoint, *found.rest[1:], *found.behind)
    if not command or (not entrypoint and command[0].startswith("-")):
        return None
    # Listed itself, too: to run a container may be what matters.
    return Behind((Link(words=command, place=call.place, directory=_mounted(call, found.last("-w", "--workdir"))),), beside=True)


def _mounted(call: Call, workdir: str | None) -> str:
    """Where the command finds itself in the repository: the folder that was mounted or copied, as a rule the current one."""
    return joined(call.directory, workdir) or call.directory if workdir and not workdir.startswith("/") else call.directory


def _compose(call: Call, words: tuple[str, ...]) -> Behind | None:
    before = options(words, _COMPOSE, stop=True)
    if not before.rest:
        return None
    verb, rest = before.rest[0], before.rest[1:]
    if verb == "run":
        found = options(rest, _COMPOSE_RUN, stop=True)
        if not found.rest:
            return None
        entrypoint = tuple((found.last("--entrypoint") or "").split())
        command = (*entrypoint, *found.rest[1:], *found.behind)
        if command:
            where = _where(call, _service(call, found.rest[0], before.all("-f", "--file")), command)
            return Behind((Link(words=command, place=call.place, directory=where),))
        return _own(call, found.rest[0], before.all("-f", "--file"))
    if verb == "up":
        service = options(rest, _COMPOSE_UP).last("--exit-code-from")
        return _own(call, service, before.all("-f", "--file"), beside=True) if service else None
    return None


def _service(call: Call, name: str, files: tuple[str, ...]) -> Service | None:
    """The service as the last of the compose files that has it says."""
    from pytest_deploy.artifacts import compose

    paths = [path for one in files if (path := joined(call.directory, one)) is not None]
    if not files:
        paths = [path for one in _FILES if call.tree.has(path := within(call.directory, one))][:1]
    found = [compose.read(call.tree, path).services.get(name) for path in paths if call.tree.has(path)]
    services = [service for service in found if service is not None]
    return next((service for service in reversed(services) if service.command or service.build), services[-1] if services else None)


def _own(call: Call, name: str, files: tuple[str, ...], *, beside: bool = False) -> Behind | None:
    """The command that the compose file gives a service."""
    service = _service(call, name, files)
    if service is None or not (service.command or service.entrypoint):
        return None
    words = (*(service.entrypoint or ()), *(service.command or ()))
    return Behind((Link(words=words, place=service.place, directory=_where(call, service, words)),), beside=beside)


def _where(call: Call, service: Service | None, command: tuple[str, ...]) -> str:
    """The folder of the repository that is the container's own: the one in which what the command names is found."""
    folders = [call.directory]
    if service is not None and service.build is not None:
        folders += [one for one in (service.build.folder, posixpath.dirname(service.build.dockerfile or "")) if one is not None]
    if service is not None:
        folders += [volume.path for volume in service.volumes if volume.path and call.tree.has_folder(volume.path)]
    for folder in folders:
        if any((path := joined(folder, word)) and call.tree.has(path) for word in command):
            return folder
    return folders[0]
