"""What the commands of scripts do."""

from __future__ import annotations

from pathlib import Path

import pytest

from pipelines.role_steps import files, of_script, roles
from pytest_deploy.pipelines.scope import Scope
from pytest_deploy.settings import Settings


@pytest.mark.parametrize(
    ("script", "expected"),
    [
        # tests
        ("pytest -q", ["tests"]),
        ("poetry run coverage run -m pytest", ["tests"]),
        ("python -m unittest discover", ["tests"]),
        ("pytest --collect-only", []),
        ("npm test", ["tests"]),
        ("go test ./...", ["tests", "typecheck"]),
        ("go test -run=^$ -bench=. ./...", ["typecheck"]),
        ("mvn -B verify", ["tests", "typecheck"]),
        ("mvn -B package -DskipTests", ["typecheck"]),
        ("./gradlew build", ["tests", "typecheck"]),
        ("./gradlew build -x test", ["typecheck"]),
        ("vendor/bin/phpunit", ["tests"]),
        ("php vendor/bin/pest", ["tests"]),
        ("bundle exec rspec", ["tests"]),
        ("docker compose -f docker-compose.test.yml up --exit-code-from sut", ["tests"]),
        ("start-server-and-test start http://localhost:3000 'playwright test'", ["tests"]),
        ("BASE_URL=https://staging.example.org pytest e2e", ["smoke", "tests"]),
        ("BASE_URL=https://staging.example.org pytest e2e || true", ["tests"]),
        # text is not evidence (ruling 19)
        ("echo pytest", []),
        ("echo 'import app' > test.py && python test.py", []),
        ("pip install 'prance[osv]' pytest mypy", []),
        ("grep -r trivy .", []),
        ("kubectl get pods", []),
        # linters and type checkers
        ("ruff check . && ruff format --check .", ["lint", "lint"]),
        ("ruff format .", []),
        ("black .", []),
        ("npx eslint@9 .", ["lint"]),
        ("prettier --write .", []),
        ("cargo fmt -- --check", ["lint"]),
        ("terraform fmt -check -recursive", ["lint"]),
        ("mypy src", ["typecheck"]),
        ("tsc --noEmit", ["typecheck"]),
        ("dotnet publish -c Release", ["typecheck"]),
        # scanners
        ("bandit -r src", ["security-scan"]),
        ("npm audit --audit-level=high", ["security-scan"]),
        ("npm audit fix", []),
        ("trivy fs --exit-code 1 .", ["security-scan"]),
        ("grype dir:.", ["security-scan"]),
        ("grype app:1 --fail-on high", ["image-scan"]),
        ("docker run --rm aquasec/trivy:0.60 image app:1", ["image-scan"]),
        ("dotnet list package --vulnerable", ["security-scan"]),
        # images
        ("docker build -t app .", ["image-build"]),
        ("docker buildx build --push -t app .", ["image-build", "image-push"]),
        ("docker-compose build", ["image-build"]),
        ("docker push app:1", ["image-push"]),
        ("docker pull app:1", []),
        # deploys, and what is none (ruling 21)
        ("kubectl apply -f k8s/", ["deploy"]),
        ("kubectl apply --dry-run=client -f k8s/", []),
        ("kubectl diff -f k8s/", []),
        ("kubectl create namespace app", []),
        ("helm upgrade app ./chart", ["deploy"]),
        ("helm upgrade app ./chart --dry-run", []),
        ("helm upgrade app ./chart --atomic", ["deploy", "readiness"]),
        ("helm diff upgrade app ./chart", []),
        ("terraform plan -out plan", []),
        ("terraform apply -auto-approve", ["infrastructure"]),
        ("pulumi preview", []),
        ("cdk diff", []),
        ("cdk deploy Stack", ["deploy"]),
        ("ansible-playbook -i prod site.yml", ["deploy"]),
        ("ansible-playbook -i prod site.yml --check", []),
        ("aws s3 sync dist s3://www.example.io", ["deploy"]),
        ("time gsutil -q -m -h 'Cache-Control: no-cache' rsync -cdrj html,css -y ^static/ dist gs://www.example.io", ["deploy"]),
        ("gsutil cp gs://www.example.io/backup.sql .", []),
        ("gcloud beta functions deploy app --gen2 --trigger-http", ["deploy"]),
        ("aws s3 cp s3://bucket/cache.tgz .", []),
        ("aws s3 cp backup.sql s3://bucket/", []),
        ("flyctl deploy --remote-only", ["deploy", "readiness"]),
        ("fly deploy --build-only", ["image-build"]),
        ("cf push app --no-wait", ["deploy"]),
        ("git push https://git.heroku.com/app.git HEAD:main", ["deploy"]),
        ("git push origin main", []),
        ("docker compose up -d", []),
        ("docker run -d redis", []),
        ("systemctl restart docker", []),
        ("DOCKER_HOST=ssh://root@web docker compose up -d", ["deploy"]),
        ("docker --context prod compose up -d", ["deploy"]),
        ("rsync -az dist/ deploy@web:/srv", ["deploy"]),
        ("rsync -a src/ build/", []),
        ("./deploy.sh production", ["deploy"]),
        ("python scripts/deploy.py --stage prod", ["deploy"]),
        # what comes after
        ("kubectl rollout status deployment/app", ["readiness"]),
        ("aws ecs wait services-stable --cluster c --services s", ["readiness"]),
        ("kubectl rollout undo deployment/app", ["rollback"]),
        ("./scripts/rollback.sh", ["rollback"]),
        ("newman run smoke.json", ["smoke"]),
        ("bundle exec rspec spec/smoke", ["tests", "smoke"]),
        ("smokeshow upload htmlcov", []),
        # migrations
        ("alembic upgrade head", ["migrate"]),
        ("python manage.py migrate --noinput", ["migrate"]),
        ("python manage.py migrate --check", []),
        ("npx prisma migrate deploy", ["migrate"]),
        ("bundle exec rails db:migrate", ["migrate"]),
        ("heroku run -a app 'rails db:migrate'", ["migrate"]),
        ("docker exec app alembic upgrade head", ["migrate"]),
        ("docker exec -e A=b app sh -c 'alembic upgrade head'", ["migrate"]),
        ("docker compose -f ci.yml exec -T web /bin/sh -c 'A=$B bundle exec rspec --tag \"~slow\"'", ["tests"]),
        ("docker-compose exec web bundle-audit check --update", ["security-scan"]),
        ("kubectl -n prod exec deploy/app -- sh -c 'cd /app && rails db:migrate'", ["migrate"]),
        ("gcloud run jobs execute app-migrate --wait", ["migrate"]),
        # releases and others
        ("gh release create v1 --generate-notes", ["release"]),
        ("gh release create v1 dist/app.tgz", ["release", "publish"]),
        ("git tag --list", []),
        ("npm publish", ["publish"]),
        ("npm publish --dry-run", []),
        ("twine upload dist/*", ["publish"]),
        ("gh workflow run deploy.yml", ["trigger"]),
        ("pytest --help", []),
    ],
)
def test_a_command_has_the_roles_of_what_it_runs(script: str, expected: list[str]) -> None:
    assert roles(of_script(script)) == expected


def test_what_npm_init_writes_as_a_test_script_is_no_test(tmp_path: Path) -> None:
    root = files(tmp_path, {"package.json": '{"scripts": {"test": "echo \\"Error: no test specified\\" && exit 1"}}'})

    assert roles(of_script("npm test", root=root)) == []


def test_a_followed_command_stands_at_its_place_in_the_step_and_tells_the_way(tmp_path: Path) -> None:
    root = files(tmp_path, {"Makefile": "deploy-prod:\n\tkubectl apply -f k8s/\n"})

    (act,) = of_script("echo hello\nmake deploy-prod", root=root)

    assert (act.role, act.place.path, act.place.line) == ("deploy", "ci.yml", 2)
    assert act.via == ("make deploy-prod (Makefile:2)",)
    assert "make deploy-prod (Makefile:2)" not in act.environments
    assert "make deploy-prod" in act.environments


def test_a_swallowed_failure_is_told() -> None:
    (act,) = of_script("pytest || true")

    assert act.swallowed == "|| true"


def test_known_expressions_and_variables_are_put_in_and_places_stay() -> None:
    scope = Scope({"inputs.env": "staging\n"}, {"APP": "shop"})

    (act,) = of_script("echo ${{ inputs.env }}\nhelm upgrade $APP chart -n ${{ inputs.other }}", scope=scope)

    assert act.environments[:3] == ("shop", "chart", "${{ inputs.other }}")
    assert act.place.line == 2


@pytest.mark.parametrize(
    ("script", "word"),
    [
        ("kubectl -n shop-staging apply -f k8s/", "shop-staging"),
        ("helm upgrade shop chart -f values/production.yaml", "values/production.yaml"),
        ("kubectl apply -k overlays/uat", "overlays/uat"),
        ("serverless deploy --stage prod", "prod"),
        ("terraform apply -var-file=envs/prod.tfvars", "envs/prod.tfvars"),
        ("terraform workspace select prod\nterraform apply", "prod"),
        ("cd infra/prod && terraform apply", "infra/prod"),
        ("kubectl config use-context live\nkubectl apply -f x.yaml", "live"),
        ("vercel deploy --prod", "production"),
        ("vercel deploy", "preview"),
        ("cap production deploy", "production"),
        ("ssh deploy@staging.example.org 'docker compose up -d'", "deploy@staging.example.org"),
        ("DEPLOY_ENV=uat ./deploy.sh", "uat"),
        ("heroku container:release web -a shop-prod", "shop-prod"),
    ],
)
def test_a_deploy_tells_the_words_that_could_name_its_environment(script: str, word: str) -> None:
    act = next(one for one in of_script(script) if one.role in ("deploy", "infrastructure"))

    assert word in act.environments


def test_how_a_program_is_built_names_no_environment() -> None:
    (act,) = of_script("NODE_ENV=production serverless deploy --stage dev")

    assert "production" not in act.environments
    assert act.environments[0] == "dev"


@pytest.mark.parametrize(
    ("script", "images"),
    [
        ("kubectl set image deployment/app app=reg/app:$SHA", ("reg/app:$SHA",)),
        ("helm upgrade app chart --set image.repository=reg/app,image.tag=v1", ("reg/app:v1",)),
        ("helm upgrade app chart --set image.tag=${{ sha }}", (":${{ sha }}",)),
        ("gcloud run deploy app --image gcr.io/p/app:latest", ("gcr.io/p/app:latest",)),
        ("terraform apply -var image_tag=abc", (":abc",)),
        ("docker build -t a:1 -t a:2 .", ("a:1", "a:2")),
        ("docker push a:1", ("a:1",)),
        ("trivy image --severity HIGH a:1", ("a:1",)),
    ],
)
def test_an_act_tells_its_images(script: str, images: tuple[str, ...]) -> None:
    assert of_script(script)[0].images == images


def test_a_build_tells_its_file_context_and_target() -> None:
    (act,) = of_script("cd svc && docker build -f Dockerfile.prod --target run -t a:1 ..")

    assert act.details == {"tool": "docker", "file": "Dockerfile.prod", "target": "run", "context": "..", "directory": "svc"}


@pytest.mark.parametrize(
    ("script", "can_fail", "flag"),
    [
        ("trivy image a:1", "no", None),
        ("trivy image --exit-code 1 a:1", "yes", None),
        ("trivy image --exit-code 0 a:1", "no", "--exit-code=0"),
        ("TRIVY_EXIT_CODE=1 trivy image a:1", "yes", None),
        ("grype a:1", "no", None),
        ("grype a:1 -f high", "yes", None),
        ("docker scout cves a:1", "no", None),
        ("docker scout cves --exit-code a:1", "yes", None),
        ("snyk container test a:1", "yes", None),
        ("aws ecr wait image-scan-complete --repository-name a", "no", None),
        ("roxctl image check --image a:1", "unknown", None),
    ],
)
def test_an_image_scanner_tells_whether_it_can_fail(script: str, can_fail: str, flag: str | None) -> None:
    (act,) = of_script(script)

    assert (act.role, act.details["can-fail"], act.details.get("never-fails")) == ("image-scan", can_fail, flag)


@pytest.mark.parametrize(
    ("script", "flag"),
    [
        ("flake8 --exit-zero src", "--exit-zero"),
        ("checkov -d . --soft-fail", "--soft-fail"),
        ("gitleaks detect --exit-code 0", "--exit-code=0"),
        ("mvn verify -Dmaven.test.failure.ignore=true", "-Dmaven.test.failure.ignore=true"),
        ("jest --passWithNoTests", None),
    ],
)
def test_a_gate_that_is_told_never_to_fail_says_so(script: str, flag: str | None) -> None:
    assert of_script(script)[0].details.get("never-fails") == flag


@pytest.mark.parametrize(
    ("script", "docs"),
    [
        ("aws s3 sync docs/_build s3://x", True),
        ("netlify deploy --prod storybook-static", True),
        ("mkdocs gh-deploy", True),
        ("aws s3 sync dist s3://x", False),
    ],
)
def test_documentation_is_told_apart(script: str, docs: bool) -> None:
    assert (of_script(script)[0].details.get("docs") == "yes") is docs


def test_many_commands_on_one_machine_are_one_deploy() -> None:
    script = "ssh root@web << 'EOF'\ncd /srv/app\ngit pull\ndocker compose run --rm app alembic upgrade head\ndocker compose up -d\nEOF\n"

    acts = of_script(script)

    assert roles(acts) == ["migrate", "deploy"]
    assert acts[-1].place.line == 1
    assert acts[-1].environments[0] != "ssh"
    assert "root@web" in acts[-1].environments


def test_starting_containers_on_a_machine_of_the_house_deploys() -> None:
    assert roles(of_script("docker compose -f compose.prod.yml up -d", scope=Scope(self_hosted=True))) == ["deploy"]


@pytest.mark.parametrize(
    ("module", "role"),
    [
        ('resource "aws_vpc" "main" {}\n', "infrastructure"),
        ('variable "image_tag" {}\nresource "aws_ecs_service" "app" {}\n', "deploy"),
        ('locals {\n  name = "x"\n}\noutput "name" {\n  value = local.name\n}\n', None),
    ],
)
def test_what_terraform_applies_is_told_from_its_module(tmp_path: Path, module: str, role: str | None) -> None:
    root = files(tmp_path, {"infra/app/main.tf": module})

    acts = of_script("terraform -chdir=infra/${{ inputs.app }} apply -auto-approve", root=root)

    assert roles(acts) == ([role] if role else [])


def test_a_build_that_ignores_type_errors_is_no_type_check(tmp_path: Path) -> None:
    root = files(tmp_path, {"web/next.config.js": "module.exports = { typescript: { ignoreBuildErrors: true } }\n"})

    assert roles(of_script("cd web && next build", root=root)) == []
    assert roles(of_script("next build", root=root)) == ["typecheck"]


def test_own_commands_are_what_the_settings_say() -> None:
    settings = Settings(roles={"tests": ("./ci/verify",), "smoke": ("pytest -m live",)})

    assert roles(of_script("./ci/verify --all", settings=settings)) == ["tests"]
    assert roles(of_script("pytest -m live", settings=settings)) == ["smoke"]
    assert roles(of_script("pytest", settings=settings)) == ["tests"]


def test_a_script_of_another_language_says_nothing() -> None:
    assert of_script("pytest", shell="python {0}") == ()


@pytest.mark.parametrize("script", ["node -r dotenv/config deploy-smoke.js", "node --import ./setup.js scripts/post-deploy-smoke.js prod"])
def test_a_script_that_smoke_tests_a_deploy_deploys_nothing(script: str) -> None:
    assert roles(of_script(script)) == ["smoke"]


def test_a_function_that_is_made_of_an_image_is_a_deploy_of_it() -> None:
    (act,) = of_script(
        "aws lambda create-function --function-name shop --package-type Image --role $ROLE "
        "--vpc-config SubnetIds=$IDS --code ImageUri=r.example.org/shop:1"
    )

    assert (act.role, act.images, act.details["platform"]) == ("deploy", ("r.example.org/shop:1",), "lambda")
