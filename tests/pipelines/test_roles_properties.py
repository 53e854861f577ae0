"""Whatever stands in a step, telling what it does never fails, and its acts stand in it."""

from __future__ import annotations

from hypothesis import given, settings
from hypothesis import strategies as st

from pipelines.role_steps import of_action, of_script, template
from pytest_deploy.pipelines.classification.rendered import rendered
from pytest_deploy.pipelines.scope import Scope

SCRIPT_WORDS = """
curl -f --fail https://a.b/health $URL ${{ x }} ssh root@h docker compose build push -t a:1 helm upgrade --set a.tag=1,b=2
terraform apply -var -chdir=a aws ecs run-task --overrides {} '{"command":["a"]}' | && || ; ( ) { } $( ` ' " -- = - trivy image
--exit-code 1
"""
WORDS = st.sampled_from([*SCRIPT_WORDS.split(), "\n"])


@given(st.lists(st.one_of(WORDS, st.text(max_size=5)), max_size=12).map(" ".join))
@settings(max_examples=150, deadline=None)
def test_acts_of_any_script_stand_in_it(text: str) -> None:
    for act in of_script(text):
        assert act.place.path == "ci.yml"
        assert 1 <= act.place.line <= text.count("\n") + 1


@given(st.sampled_from(["docker/build-push-action", "appleboy/ssh-action", "nick-fields/retry", "a/deploy"]), st.text(max_size=20))
@settings(max_examples=60, deadline=None)
def test_acts_of_any_action_stand_at_it(name: str, value: str) -> None:
    assert all(act.place.line == 7 for act in of_action(name, {"tags": value, "script": value, "command": value, "push": value}))


@given(
    st.lists(st.sampled_from(["a\n", "b ", "${{ x }}", "${{ y }}", "\n"]), max_size=10).map("".join),
    st.sampled_from(["", "1", "two\nlines", "x y z"]),
)
@settings(deadline=None)
def test_literal_text_keeps_its_place_when_expressions_are_put_in(text: str, value: str) -> None:
    out = rendered(template(text + "END"), Scope({"x": value}))
    before = out[: out.index("END")]

    place = out.locate(before.count("\n") + 1, len(before) - (before.rfind("\n") + 1) + 1)

    assert (place.line, place.column) == (text.count("\n") + 1, len(text) - (text.rfind("\n") + 1) + 1)
