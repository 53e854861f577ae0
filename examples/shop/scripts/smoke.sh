#!/usr/bin/env bash
# Asks a running shop whether it works: scripts/smoke.sh https://shop.example.org [COMMIT]
set -euo pipefail
url=$1
commit=${2:-}

curl --fail --silent --show-error --max-time 10 --retry 12 --retry-delay 5 --retry-all-errors "$url/health"
curl --fail --silent --show-error --max-time 10 "$url/api/products" > /dev/null

if [ -n "$commit" ]; then
  curl --fail --silent --show-error --max-time 10 "$url/version" | grep --fixed-strings --quiet "\"$commit\""
fi

status=$(curl --silent --max-time 10 --output /dev/null --write-out '%{http_code}' \
  --json '{"email": "smoke@example.org", "password": "wrong"}' "$url/auth/login")
if [ "$status" != 401 ]; then
  echo "a login with wrong credentials answered $status, not 401" >&2
  exit 1
fi
