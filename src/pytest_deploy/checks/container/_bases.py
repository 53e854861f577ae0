"""What is known of images that others publish: which of them run as another user than root."""

from __future__ import annotations

import re

from pytest_deploy.artifacts.image_reference import ImageReference

# Patterns of ``registry/name`` (Docker Hub: the name alone), and of the tag where only some tags are meant.
_NONROOT: tuple[tuple[str, str], ...] = (
    (r"gcr\.io/distroless/.*", r".*nonroot.*"),
    (r"cgr\.dev/.*", r""),
    (r"(?:nginxinc|nginx)/nginx-unprivileged", r""),
    (r"(?:.*/)?.*-unprivileged", r""),
    (r"(?:.*/)?[\w.-]*-nonroot", r""),
    (r".*", r"(?:.*[-_.])?(?:nonroot|rootless|unprivileged)(?:[-_.].*)?"),
    (r"mcr\.microsoft\.com/(?:dotnet|openjdk)/.*", r".*(?:chiseled|distroless).*"),
    (r"mcr\.microsoft\.com/windows/nanoserver", r""),
    (r"dhi\.io/.*", r"(?!.*-dev).*"),
    (r"(?:.*/)?(?:bitnami|bitnamilegacy|bitnamisecure)/(?!minideb).*", r""),
    (
        r"registry\.(?:access\.redhat\.com|redhat\.io)/(?:ubi\d+|rhel\d+|rhscl)/"
        r"(?:nodejs|python|php|ruby|perl|nginx|httpd|openjdk|go-toolset|dotnet).*",
        r"",
    ),
    (r"(?:quay\.io/)?(?:sclorg|centos7|fedora)/(?:nodejs|python|php|ruby|perl|nginx|httpd).*", r""),
    (r"jenkins/(?:jenkins|agent|inbound-agent|ssh-agent)", r""),
    (r"grafana/(?:grafana|grafana-oss|grafana-enterprise|loki|tempo|mimir|k6|agent)", r""),
    (r"(?:quay\.io/prometheus|prom|prometheuscommunity|quay\.io/prometheuscommunity)/.*", r""),
    (r"quay\.io/keycloak/keycloak", r""),
    (r"(?:docker\.elastic\.co/.*|elasticsearch|kibana|logstash|opensearchproject/.*)", r""),
    (r"apache/(?:airflow|superset|spark|kafka|nifi|flink|druid)", r""),
    (r"(?:sonarqube|solr|varnish|memcached|haproxy|ghcr\.io/puppeteer/puppeteer|nodered/node-red|openpolicyagent/opa|dexidp/dex)", r""),
    (r"(?:quay\.io/)?jupyter(?:hub)?/(?:.*-notebook|k8s-.*)", r""),
    (r"quay\.io/oauth2-proxy/oauth2-proxy", r""),
    (r"(?:cimg|circleci)/.*", r""),
    (r"selenium/.*", r""),
    (r"gotenberg/gotenberg", r""),
    (r"(?:paketobuildpacks|heroku)/(?:run|build|builder).*", r""),
    (r"(?:camunda|confluentinc|temporalio|strimzi|quay\.io/strimzi|trinodb|renovate|unleashorg)/.*", r""),
)  # fmt: skip
# Public images whose defaults are known: they run as root unless the table above says otherwise, and set no NODE_ENV and the like.
# What an image of a private registry, or of a house's own namespace, has been given cannot be told from outside.
_PUBLIC = re.compile(
    r"[^/.:]+"  # the official images of Docker Hub
    r"|(?:public\.ecr\.aws/docker/library|mirror\.gcr\.io(?:/library)?|registry\.hub\.docker\.com/library)/[^/]+"
    r"|mcr\.microsoft\.com/(?:dotnet|devcontainers|playwright|openjdk|java|windows|azurelinux|cbl-mariner|mssql|vscode)/?.*"
    r"|gcr\.io/(?:distroless|google-appengine|google\.com/cloudsdktool)/.*|public\.ecr\.aws/(?:lambda|amazonlinux|sam)/.*|amazon/.*"
    r"|registry\.(?:access\.redhat\.com|redhat\.io)/.*|quay\.io/(?:centos|fedora|rockylinux)/.*|nvcr\.io/nvidia/.*|nvidia/.*"
    r"|(?:node|oven|denoland|dunglas|pypy|pytorch|tensorflow|huggingface|tiangolo|phusion|lukemathwalker|hexpm|rocm|rocker|arm64v8|arm32v7"
    r"|amd64|i386|s390x|ppc64le|azul|adoptopenjdk|bellsoft|ibmjava|openresty|continuumio|mambaorg|condaforge|alpine|hashicorp|cypress)/.*"
    r"|(?:ghcr\.io/)?astral-sh/.*|ghcr\.io/(?:graalvm|void-linux|linuxserver)/.*|container-registry\.oracle\.com/.*"
)
_LAMBDA = re.compile(
    r"(?:public\.ecr\.aws/(?:lambda|sam)|amazon/aws-lambda|lambci)/?.*|.*/aws-lambda-.*|mcr\.microsoft\.com/azure-functions/.*"
)


def runs_as_nonroot(reference: ImageReference) -> bool:
    """Whether an image is known to run as another user than root."""
    return any(re.fullmatch(name, reference.repository) and re.fullmatch(tag or ".*", reference.tag) for name, tag in _NONROOT)


def is_public(reference: ImageReference) -> bool:
    """Whether it is known what an image comes with (the user and variables of an image of a house's own are not)."""
    return bool(_PUBLIC.fullmatch(reference.repository))


def is_function(reference: ImageReference) -> bool:
    """Whether an image is the base of a function (AWS Lambda, Azure Functions), whose platform brings user, port and health check."""
    return bool(_LAMBDA.fullmatch(reference.repository))
