"""Which images a repository builds: from which stage of which Dockerfile, and what becomes of them (rulings 8, 9, 10 and 28)."""

from __future__ import annotations

import fnmatch
import functools
import posixpath
import re
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import replace

from pytest_deploy.artifacts import kubernetes
from pytest_deploy.artifacts.builds import ImageBuild, bare_name, from_bake_files, from_platforms, from_scripts, image_name
from pytest_deploy.artifacts.compose import ComposeFile, Service
from pytest_deploy.artifacts.dockerfile import Dockerfile, Stage, has_dockerfile_name, read, within
from pytest_deploy.artifacts.health import PlatformCheck, platform_checks
from pytest_deploy.artifacts.purpose import purpose, words
from pytest_deploy.pipelines.image_evidence import Evidence, compose_files, from_pipelines, pushed_composes
from pytest_deploy.places import Place
from pytest_deploy.settings import Settings
from pytest_deploy.tree import Tree

_TESTS = frozenset({"test", "tests", "testing", "e2e", "ci", "playwright", "cypress"})
_FOLDERS_OF_IMAGES = frozenset({"docker", "dockerfiles", "container", "containers", "images", "build", "src", "deploy"})
"""Folders that hold Dockerfiles, whatever these build."""
_FUNCTION_OF_IMAGE = re.compile(r"(?:package_?type|PackageType)[\"']?\s*[:=]\s*[\"']?Image\b|DockerImageFunction|DockerImageCode")
"""A function of AWS Lambda that is given as an image."""
_EXTENSIONS = "/opt/extensions"
"""Where AWS Lambda looks for extensions."""
_STEPS_ON_THE_WAY = frozenset({"dev", "development", "builder", "build", "cache", "deps", "dependencies", "base", "lint"}) | _TESTS
"""Names of stages that are pushed for the next build or job to take, not to run."""


class Images:
    """The images of a repository.

    ``evidence`` is what its pipelines build, push and deploy. Everything is worked out when first asked for.
    """

    def __init__(self, tree: Tree, settings: Settings, composes: Mapping[str, ComposeFile], evidence: Iterable[Evidence]) -> None:
        self.tree = tree
        self.settings = settings
        self.composes = composes
        self._given = evidence

    @functools.cached_property
    def evidence(self) -> tuple[Evidence, ...]:
        """What the pipelines do with images."""
        return tuple(self._given)

    # --- builds ----------------------------------------------------------------------------------------------------

    @functools.cached_property
    def builds(self) -> tuple[ImageBuild, ...]:
        """Every way in which an image is built, and what becomes of it."""
        return (*self._own, *self._of_composes)

    @functools.cached_property
    def _own(self) -> tuple[ImageBuild, ...]:
        pushed = {name for one in self.evidence if one.act.role == "image-push" for name in one.names}
        deployed = {name for one in self.evidence if one.act.role == "deploy" for name in one.names}
        found = [
            *from_pipelines(self.tree, self.evidence),
            *from_scripts(self.tree),
            *from_bake_files(self.tree),
            *from_platforms(self.tree),
        ]
        judged = []
        for build in found:
            names = {*build.names, *map(bare_name, build.tags)}
            published = build.published or bool(names & pushed)
            runs = build.deployed or bool(names & deployed)
            judged.append(
                replace(
                    build,
                    published=published,
                    deployed=runs,
                    development=build.development or (build.by == "pipeline" and not published and not runs),
                )
            )
        # A script that builds what a pipeline builds for itself does it for the same purpose.
        own = {(build.dockerfile, tag) for build in judged if build.by == "pipeline" and build.development for tag in build.tags}
        return tuple(
            replace(build, development=True)
            if build.by == "script"
            and not build.published
            and not build.deployed
            and any((build.dockerfile, tag) in own for tag in build.tags)
            else build
            for build in judged
        )

    @functools.cached_property
    def _of_composes(self) -> tuple[ImageBuild, ...]:
        pushes = {name for one in self.evidence if one.act.role == "image-push" for name in one.names}
        whole = pushed_composes(self.tree, self.evidence)
        found = []
        for path, compose in self.composes.items():
            production = self.production(path)
            for service in compose.services.values():
                build = service.build
                if build is None or build.dockerfile is None:
                    continue
                tags = (str(service.image),) if service.image else ()
                names = {image_name(tag) for tag in tags} - {""}
                published = bool(names & pushes) or path in whole
                deployed = production and not service.profiles
                found.append(
                    ImageBuild(
                        build.dockerfile, build.place, "compose", build.folder, build.target, tags, published, deployed,
                        development=not production and not published,
                    )
                )  # fmt: skip
        return tuple(found)

    def of(self, path: str) -> tuple[ImageBuild, ...]:
        """The builds of one Dockerfile."""
        return self._by_path.get(path, ())

    @functools.cached_property
    def _by_path(self) -> Mapping[str, tuple[ImageBuild, ...]]:
        found: dict[str, tuple[ImageBuild, ...]] = {}
        for build in self.builds:
            found[build.dockerfile] = (*found.get(build.dockerfile, ()), build)
        return found

    @functools.cached_property
    def own_names(self) -> frozenset[str]:
        """The names (no registry, no tag) of the images that this repository builds or pushes."""
        built = {name for build in self.builds for name in build.names}
        return frozenset(
            built | {name for one in self.evidence if one.act.role == "image-push" for name in map(image_name, one.images) if name}
        )

    def owns(self, image: str) -> bool:
        """Whether the repository builds an image itself."""
        return image_name(image) in self.own_names

    def builder(self, image: str) -> str | None:
        """The Dockerfile of this repository from which an image is built, as far as its name tells."""
        name = image_name(image)
        return next((build.dockerfile for build in self.builds if name and name in build.names), None)

    # --- compose files -----------------------------------------------------------------------------------------------

    def production(self, path: str) -> bool:
        """Whether a compose file is for production; all others are for development (ruling 8)."""
        return path in self._production

    @functools.cached_property
    def _production(self) -> frozenset[str]:
        deploys = [one for one in self.evidence if one.act.role == "deploy"]
        used = {path for one in deploys for path in compose_files(self.tree, one)}
        used |= {path for path in self.composes if any(_names_file(one.act.text, path) for one in deploys)}
        published = {name for build in self._own if build.published for name in build.names}
        published |= {name for one in self.evidence if one.act.role == "image-push" for name in map(image_name, one.images) if name}
        found = set()
        for path, compose in self.composes.items():
            named = any(fnmatch.fnmatchcase(path, pattern) for pattern in self.settings.compose_production)
            runs_own = any(
                service.image and image_name(service.image) in published and not _of_source(service)
                for service in compose.services.values()
            )
            if named or path in used or compose.named == "production" or (runs_own and compose.named != "development"):
                found.add(path)
        return frozenset(found)

    # --- Dockerfiles -------------------------------------------------------------------------------------------------

    @functools.cached_property
    def dockerfiles(self) -> Mapping[str, Dockerfile]:
        """The Dockerfiles by path: by their names, and those that something builds from."""
        paths = {path for path in self.tree.files if has_dockerfile_name(path)}
        paths = {path for path in paths if self.of(path) or not self._is_piece(path)}
        paths |= {build.dockerfile for build in self.builds if self.tree.has(build.dockerfile)}
        return {path: self._dockerfile(path) for path in sorted(paths)}

    def _dockerfile(self, path: str) -> Dockerfile:
        found = self.tree.kept(read, path)
        return replace(found, development=True) if self.development(path) else found

    def _is_piece(self, path: str) -> bool:
        """Whether a file (``Dockerfile.metadata``) is a piece that others are put together from: it has instructions, but no FROM."""
        plain = posixpath.basename(path).lower() in ("dockerfile", "containerfile")
        text = "" if plain else self.tree.text(path) or ""
        return bool(re.search(r"^\s*[A-Z]+\s", text, re.MULTILINE)) and not re.search(r"^\s*FROM\s", text, re.MULTILINE | re.IGNORECASE)

    def released(self, path: str) -> bool:
        """Whether what is built from a Dockerfile is published or deployed."""
        return any(build.published or build.deployed for build in self.of(path))

    def development(self, path: str) -> bool:
        """Whether a Dockerfile is for development, tests or CI only: its name says so, or only such things build from it. That
        something is published or deployed weighs more than both."""
        if self.released(path):
            return False
        if purpose(path) == "development":
            return True
        builds = self.of(path)
        # Where nothing at all is seen to be released, the release is out of sight, and the use in development proves nothing.
        return bool(builds) and self._release_in_sight and all(build.development for build in builds)

    @functools.cached_property
    def _release_in_sight(self) -> bool:
        return any(build.published or build.deployed for build in self.builds)

    def only_tests(self, path: str) -> bool:
        """Whether an image only runs tests: its name says so, and it is never published or deployed."""
        return not self.released(path) and any(_TESTS & set(words(segment)) for segment in path.split("/"))

    def runs_once(self, path: str) -> bool:
        """Whether what is built from a Dockerfile is a job that does its work and ends, wherever it is seen to run."""
        services = list(self._services_of(path))
        waited = {
            name
            for compose in self.composes.values()
            for one in compose.services.values()
            for name, how in one.depends_on.items()
            if how == "service_completed_successfully"
        }
        once = [service.restart == "no" or str(service.name) in waited for service in services]
        workloads = [workload.kind in kubernetes.JOBS for workload in self._workloads if self._runs(workload, path)]
        return bool(once or workloads) and all(once) and all(workloads)

    def is_function(self, path: str) -> bool:
        """Whether what is built from a Dockerfile is run as a function: its folder or image is called one, and functions of this
        repository come as images; or it is deployed as one, or holds an extension of the platform (the web adapter)."""
        names = {name for build in self.of(path) for name in build.names}
        called = {word for one in (posixpath.dirname(path), *names) for segment in one.split("/") for word in words(segment)}
        if called & {"lambda", "lambdas"} and self._functions_are_images:
            return True
        deployed = {name for one in self.evidence if one.act.details.get("platform") == "lambda" for name in one.names}
        tagged = {*names, *(bare_name(tag) for build in self.of(path) for tag in build.tags)}
        return bool(tagged & deployed) or any(
            within(copy.target, _EXTENSIONS) for stage in self.built_stages(self._dockerfile(path)) for copy in stage.copies
        )

    @functools.cached_property
    def _functions_are_images(self) -> bool:
        texts = (self.tree.text(path) or "" for path in self.tree.matching(r".*\.(?:tf|ya?ml|json|ts|template)"))
        return any(_FUNCTION_OF_IMAGE.search(text) for text in texts)

    def built_stages(self, dockerfile: Dockerfile) -> tuple[Stage, ...]:
        """The stages that are published or deployed; without such evidence the last one that is not called a test."""
        if not dockerfile.stages:
            return ()
        found: dict[int, Stage] = {}
        for build in self.of(dockerfile.path):
            if build.published or build.deployed:
                stage = dockerfile.stage(build.target) if build.target else dockerfile.stages[-1]
                if stage is not None:
                    found[stage.index] = stage
        final = {
            index: stage
            for index, stage in found.items()
            if not set(words(stage.name)) & _STEPS_ON_THE_WAY and not _only_hands_over(stage, found.values())
        }
        chosen = final or found
        if chosen:
            return tuple(chosen[index] for index in sorted(chosen))
        # One that is called a test is not what is built for production, wherever it stands.
        return (next((stage for stage in reversed(dockerfile.stages) if not set(words(stage.name)) & _TESTS), dockerfile.stages[-1]),)

    def contexts(self, path: str) -> tuple[str, ...]:
        """The build contexts of a Dockerfile: those of what is published or deployed, else all that are known, else its own folder."""
        builds = [build for build in self.of(path) if build.folder is not None]
        chosen = [build for build in builds if build.published or build.deployed] or builds
        return tuple(sorted({str(build.folder) for build in chosen})) or (posixpath.dirname(path),)

    # --- health checks -----------------------------------------------------------------------------------------------

    def healthcheck(self, path: str) -> Place | None:
        """Where a health check of what is built from a Dockerfile is declared outside it: in compose, Kubernetes, a chart, or a
        platform's file (ruling 28)."""
        return next(self._healthchecks(path), None)

    def _healthchecks(self, path: str) -> Iterator[Place]:
        for service in self._services_of(path):
            if service.healthcheck and not service.healthcheck.disabled:
                yield service.healthcheck.place
        for workload in self._workloads:
            for container in workload.containers:
                if container.probes and container.role == "main" and container.image and self._is(container.image, path, workload.name):
                    yield container.probes[0].place
        for chart in self._charts.values():
            if chart.probes and (
                self._alone(path) or any(self._is(image, path) for image in chart.images) or self._speaks_of(chart.folder, path)
            ):
                yield chart.probes[0]
        names = {name for build in self.of(path) for name in build.names}
        for check in self._platform_checks:
            folder = posixpath.dirname(check.place.path)
            own = bool(folder) and (path.startswith(folder + "/") or posixpath.dirname(path) == folder)
            named = self._speaks_of(folder, path) and posixpath.basename(posixpath.dirname(path)) not in _FOLDERS_OF_IMAGES
            if own or named or self._alone(path) or any(name in check.text for name in names):
                yield check.place

    def _services_of(self, path: str) -> Iterator[Service]:
        """The services that run an image of a Dockerfile, and those of the same name in the files beside theirs (an override)."""
        names = {name for build in self.of(path) for name in build.names}
        direct: set[tuple[str, str]] = set()
        for file, compose in self.composes.items():
            for service in compose.services.values():
                if (service.build and service.build.dockerfile == path) or (service.image and image_name(service.image) in names):
                    direct.add((posixpath.dirname(file), str(service.name)))
        for file, compose in self.composes.items():
            for service in compose.services.values():
                other = service.build is not None and service.build.dockerfile not in (path, None)
                if (posixpath.dirname(file), str(service.name)) in direct and not other:
                    yield service

    @functools.cached_property
    def _workloads(self) -> tuple[kubernetes.Workload, ...]:
        return kubernetes.workloads(self.tree)

    @functools.cached_property
    def _charts(self) -> Mapping[str, kubernetes.Chart]:
        return kubernetes.charts(self.tree)

    @functools.cached_property
    def _platform_checks(self) -> tuple[PlatformCheck, ...]:
        return tuple(platform_checks(self.tree))

    def _runs(self, workload: kubernetes.Workload, path: str) -> bool:
        return any(one.role == "main" and one.image and self._is(one.image, path, workload.name) for one in workload.containers)

    def _is(self, image: str, path: str, where: str = "") -> bool:
        """Whether an image in a manifest is built from a Dockerfile: by name; where a variable hides the name, because there is no
        other; where nothing tells how the image is named, by the words of its folder."""
        name = image_name(image)
        if not name:
            return self._alone(path) or self._speaks_of(where, path)
        names = {one for build in self.of(path) for one in build.names}
        short = {one.rpartition("/")[2] for one in names}
        if name in names or name.rpartition("/")[2] in short:
            return True
        return not names and self._speaks_of(name.rpartition("/")[2], path)

    def _speaks_of(self, text: str, path: str) -> bool:
        folder = posixpath.basename(posixpath.dirname(path))
        wanted = set(words(folder))
        return bool(wanted) and wanted <= {word for segment in text.split("/") for word in words(segment)}

    def _alone(self, path: str) -> bool:
        """Whether it is the only Dockerfile that is not for development."""
        return self._main == (path,)

    @functools.cached_property
    def _main(self) -> tuple[str, ...]:
        return tuple(path for path, dockerfile in self.dockerfiles.items() if not dockerfile.development and not dockerfile.template)


def _only_hands_over(stage: Stage, built: Iterable[Stage]) -> bool:
    """Whether a stage starts nothing, and another that is built takes files from it: it is pushed for the next build to find."""
    if any(stage.last(name) is not None for name in ("CMD", "ENTRYPOINT", "EXPOSE")):
        return False
    return any(copy.stage is stage for other in built for one in other.lineage for copy in one.copies)


def _of_source(service: Service) -> bool:
    """Whether a service builds its image or has source code of the repository mounted in."""
    return service.build is not None or any(volume.kind == "bind" and volume.path is not None for volume in service.volumes)


def _names_file(text: str, path: str) -> bool:
    return re.search(rf"(?<![\w./-]){re.escape(path)}(?![\w.-])", text) is not None
