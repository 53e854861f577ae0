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
_LAMBDA = re.compile(
    r"(?:public\.ecr\.aws/(?:lambda|sam)|amazon/aws-lambda|lambci)/?.*|.*/aws-lambda-.*|mcr\.microsoft\.com/azure-functions/.*"
)


def runs_as_nonroot(reference: ImageReference) -> bool:
    """Whether an image is known to run as another user than root."""
    return any(re.fullmatch(name, reference.repository) and re.fullmatch(tag or ".*", reference.tag) for name, tag in _NONROOT)


def is_function(reference: ImageReference) -> bool:
    """Whether an image is the base of a function (AWS Lambda, Azure Functions), whose platform brings user, port and health check."""
    return bool(_LAMBDA.fullmatch(reference.repository))
