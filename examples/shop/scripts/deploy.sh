#!/usr/bin/env bash
# Puts an image on an environment and waits until it runs there: IMAGE=ghcr.io/… scripts/deploy.sh staging|production
set -euo pipefail
namespace=$1
manifest=$(mktemp --suffix .yaml)

kubectl set image --local --filename deploy/deployment.yaml shop="$IMAGE" migrate="$IMAGE" --output yaml > "$manifest"
kubectl --namespace "$namespace" apply --filename "$manifest" --filename deploy/service.yaml --filename deploy/alerts.yaml
kubectl --namespace "$namespace" rollout status deployment/shop --timeout 5m
