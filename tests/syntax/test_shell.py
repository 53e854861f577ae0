"""Shell scripts: which commands there are, where, and what becomes of their failures."""

from __future__ import annotations

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from pytest_deploy.places import Place, Text
from pytest_deploy.syntax.shell import Command, parse


def commands(script: str, *, errexit: bool = True, pipefail: bool = False) -> tuple[Command, ...]:
    return parse(Text(script, "run.sh"), errexit=errexit, pipefail=pipefail).commands


def words(script: str) -> list[tuple[str, ...]]:
    return [command.words for command in commands(script)]


def swallowed(script: str, name: str = "pytest", *, errexit: bool = True, pipefail: bool = False) -> str:
    return next(command for command in commands(script, errexit=errexit, pipefail=pipefail) if command.words[:1] == (name,)).swallowed


# --- words -------------------------------------------------------------------------------------------------------------


def test_quotes_are_removed_and_expansions_stay_as_written() -> None:
    assert words("""foo "a b"'c' $'x\\ty' a\\ b "$TAG" ${TAG:-x} "v$(git rev-parse HEAD)" "a\\"b" """)[1] == (
        "foo",
        "a bc",
        "x\ty",
        "a b",
        "$TAG",
        "${TAG:-x}",
        "v$(git rev-parse HEAD)",
        'a"b',
    )


def test_a_command_may_go_on_over_several_lines() -> None:
    assert words("docker build \\\n  --tag app \\\n  .\n") == [("docker", "build", "--tag", "app", ".")]


def test_expressions_of_template_languages_survive() -> None:
    script = "deploy ${{ inputs.env }} \"${{ a == 'x' && 1 }}-y\" {{.TAG}} << parameters.tag >> $[[ inputs.a ]] $(Build.BuildId)\n"
    assert words(script + "${{ inputs.command }}") == [
        (
            "deploy",
            "${{ inputs.env }}",
            "${{ a == 'x' && 1 }}-y",
            "{{.TAG}}",
            "<< parameters.tag >>",
            "$[[ inputs.a ]]",
            "$(Build.BuildId)",
        ),
        ("${{ inputs.command }}",),
    ]


def test_positions_are_right_behind_an_expression_and_other_alphabets() -> None:
    found = commands("echo ${{ a }} é && pytest -q\nßx && mypy")
    assert {command.words[0]: (command.place.line, command.place.column) for command in found} == {
        "echo": (1, 1),
        "pytest": (1, 20),
        "ßx": (2, 1),
        "mypy": (2, 7),
    }


def test_assignments_stand_beside_the_words() -> None:
    first, second = commands("A=1 B='x y' npm test\nC=3")
    assert (first.words, first.assignments) == (("npm", "test"), (("A", "1"), ("B", "x y")))
    assert (second.words, second.assignments) == ((), (("C", "3"),))


def test_redirections_and_here_documents_belong_to_their_command() -> None:
    (found,) = commands("cat <<-'EOF' >out.txt 2>&1\n\tone $X\n\ttwo\n\tEOF\n")
    assert found.redirects == ("<<-'EOF'", ">out.txt", "2>&1")
    assert found.heredoc == "one $X\ntwo\n"


def test_words_around_a_redirection_are_the_commands() -> None:
    assert words("kubectl apply -f - <<EOF\nx\nEOF\necho >out a b\ncat <<EOF >f -n\nEOF\n") == [
        ("kubectl", "apply", "-f", "-"),
        ("echo", "a", "b"),
        ("cat", "-n"),
    ]


def test_what_stands_behind_a_here_document_on_its_line_is_kept() -> None:
    assert words("cat <<EOF | kubectl apply -f - && echo done\nkind: Pod\nEOF\nnext") == [
        ("cat",),
        ("kubectl", "apply", "-f", "-"),
        ("echo", "done"),
        ("next",),
    ]


def test_commands_in_substitutions_come_before_what_uses_them() -> None:
    assert words('deploy "$(git rev-parse `date`)" <(sort x)') == [
        ("date",),
        ("git", "rev-parse", "`date`"),
        ("sort", "x"),
        ("deploy", "$(git rev-parse `date`)", "<(sort x)"),
    ]


@pytest.mark.parametrize(
    ("script", "inner"),
    [
        ("sudo -E -u app pytest -q", ("pytest", "-q")),
        ("env -u X A=b pytest", ("pytest",)),
        ("timeout -k 5 60 pytest", ("pytest",)),
        ("time pytest", ("pytest",)),
        ("nice -n 5 nohup pytest", ("pytest",)),
        ("exec pytest", ("pytest",)),
        ("command pytest", ("pytest",)),
        ("cross-env CI=1 pytest", ("pytest",)),
        ("doppler run -- pytest", ("pytest",)),
        ("bash -c 'pytest'", ("pytest",)),
        ('sh -ec "pytest"', ("pytest",)),
        ("bash -euo pipefail -c 'pytest' -- x", ("pytest",)),
        ("eval 'pytest'", ("pytest",)),
        ("su - app -c 'pytest'", ("pytest",)),
        ("su -l app /srv/deploy.sh now", ("/srv/deploy.sh", "now")),
        ("bash -s <<'EOF'\npytest\nEOF", ("pytest",)),
    ],
)
def test_what_only_runs_another_command_is_left_out(script: str, inner: tuple[str, ...]) -> None:
    assert words(script) == [inner]


def test_xargs_runs_its_command() -> None:
    assert words("find . | xargs -n 1 -P4 pylint") == [("find", "."), ("pylint",)]


def test_a_command_that_is_only_looked_up_is_not_run() -> None:
    assert words("command -v docker") == [("command", "-v", "docker")]


def test_assignments_given_to_a_wrapper_are_the_commands() -> None:
    (found,) = commands("A=1 sudo B=2 env C=3 npm test")
    assert found.assignments == (("A", "1"), ("B", "2"), ("C", "3"))


def test_a_script_in_quotes_keeps_its_places() -> None:
    found = commands('bash -c \'set -e\n  pytest\'\nsh -c "echo \\"x\\" && mypy"')
    assert [(command.words[0], command.place.line, command.place.column) for command in found] == [
        ("set", 1, 10),
        ("pytest", 2, 3),
        ("echo", 3, 8),
        ("mypy", 3, 22),
    ]


def test_a_function_appears_once_per_call_and_not_where_it_is_only_defined() -> None:
    assert words('build() { docker build "$1"; }\nunused() { rm -rf /; }\nbuild a\nbuild b') == [
        ("docker", "build", "a"),
        ("docker", "build", "b"),
    ]


def test_a_function_that_calls_itself_ends() -> None:
    assert words("f() { pytest; f; }\nf") == [("pytest",), ("f",)]


def test_what_a_function_is_called_with_runs_in_it() -> None:
    found = commands('retry() { for i in 1 2 3; do "$@" && return 0; sleep 5; done; return 1; }\nretry npm ci')
    assert (found[0].words, found[0].place.line, found[0].swallowed, found[0].function) == (("npm", "ci"), 2, "", "retry")


def test_text_that_is_no_script_is_told_with_its_place() -> None:
    result = parse(Text("pytest\nif ((\n", "run.sh"))
    assert result.commands[0].words == ("pytest",)
    assert result.problems


def test_the_options_at_the_end_are_known() -> None:
    assert parse(Text("set -euo pipefail", "x")).options == {"errexit", "pipefail"}
    assert parse(Text("set +e", "x"), errexit=True).options == set()


# --- failures ----------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("script", "reason"),
    [
        ("pytest || true", "|| true"),
        ("pytest || :", "|| :"),
        ("pytest || echo failed", "|| echo failed"),
        ("pytest || exit 0", "|| exit 0"),
        ("pytest || failed=1\necho $failed", "|| failed=1"),
        ("pytest | tee log", "in a pipe without pipefail"),
        ("pytest | tap-spec | cat", "in a pipe without pipefail"),
        ("set +e\npytest\necho done", "set +e"),
        ("set +e\npytest\nSTATUS=$?\necho $STATUS", "set +e"),
        ("if pytest; then echo ok; else echo bad; fi", "the condition of an if"),
        ("if pytest; then exit 1; fi\nexit 0", "the condition of an if"),
        ("while pytest; do sleep 1; done", "the condition of a while loop"),
        ("pytest &\necho", "in the background"),
        ("pytest & PID=$!\nkill $PID", "in the background"),
        ("pytest && echo ok\necho done", "set -e passes over the left side of `&& echo ok`"),
        ("export X=$(pytest)", "in the arguments of `export`, which hides its status"),
        ("f() { local x=$(pytest); }\nf", "in the arguments of `local`, which hides its status"),
        ("echo $(pytest)", "in the arguments of `echo`, which hides its status"),
        ("X=$(pytest; date)", "not the last command, without set -e"),
        ("X=$(pytest || echo none)", "|| echo none"),
        ("trap 'pytest' EXIT", "in a trap for EXIT"),
        ("trap 'exit 0' EXIT\npytest", "trap '… exit 0' EXIT"),
        ("for i in 1 2 3; do pytest && break; sleep 1; done\necho", "set -e passes over the left side of `&& break`"),
        ("f() { pytest; echo; }\nf || echo failed", "not the last command, where a condition switches set -e off"),
        ("pytest a || pytest b", "|| pytest b"),
        ("! pytest", "`!` turns its failure round"),
    ],
)
def test_a_failure_is_swallowed(script: str, reason: str) -> None:
    assert swallowed(script) == reason


@pytest.mark.parametrize(
    "script",
    [
        "pytest",
        "pytest || exit 1",
        "pytest || exit $?",
        "pytest || { echo failed; exit 1; }",
        "pytest || (echo failed; exit 1)",
        "pytest || false",
        "f() { pytest || return 1; echo; }\nf",
        "pytest || failed=1\nmypy || failed=1\nexit $failed",
        'pytest || failed=1\n[ -n "$failed" ] && exit 1\necho done',
        "pytest || failed=1\nif [ $failed -ne 0 ]; then echo; exit 1; fi",
        "pytest || failed=$((failed + 1))\nif (( failed > 0 )); then exit 1; fi",
        "set -o pipefail\npytest | tee log",
        "pytest | tee log\nexit ${PIPESTATUS[0]}",
        "pytest | tap-spec",
        "pytest | npx tap-spec > log",
        "pytest | snazzy && stylelint 'app/**/*.scss'",
        "set +e\npytest\nSTATUS=$?\necho\nexit $STATUS",
        "set +e\npytest\nif [ $? -ne 0 ]; then exit 1; fi",
        "pytest || status=$?\nif [ $status -ne 0 ] && [ $status -ne 5 ]; then exit $status; fi",
        "pytest || [ $? -eq 5 ]",
        "if ! pytest; then echo no; exit 1; fi",
        "if pytest; then echo ok; else exit 1; fi",
        "if pytest; then ok=1; fi\n[ -n \"$ok\" ] || exit 1",
        "for i in 1 2 3; do pytest && exit 0; sleep 1; done\nexit 1",
        "for i in {1..30}; do if pytest; then exit 0; fi; sleep 1; done\necho no\nexit 1",
        "for i in 1 2 3; do pytest && break; sleep 1; done\nif [ $i -eq 3 ]; then exit 1; fi",
        "n=0\nuntil pytest; do n=$((n+1)); if [ $n -gt 30 ]; then exit 1; fi; sleep 1; done",
        "n=0\nuntil pytest || [ $n -ge 30 ]; do n=$((n+1)); sleep 1; done\n[ $n -lt 30 ] || exit 1",
        "timeout 60 bash -c 'until pytest; do sleep 1; done'",
        "timeout 60 bash -c 'while ! pytest; do sleep 1; done'",
        "while true; do if pytest; then break; fi; n=$((n+1)); if [ $n -gt 9 ]; then exit 1; fi; done",
        "pytest & PID=$!\necho\nwait $PID",
        'pytest & pids="$pids $!"\nfor p in $pids; do wait $p || exit 1; done',
        "X=$(pytest)",
        "(cd app && pytest)",
        "cd app && pytest && echo ok",
        "main() { pytest; }\nmain \"$@\"",
        "exec pytest",
        "case $1 in test) pytest;; esac",
        "pytest -q || pytest --last-failed",
        "ls | while read -r path; do pytest $path; done",
        "ls | while read -r path; do pytest $path || exit 1; done",
        "bash <<'EOF'\nset -e\npytest\necho\nEOF",
        "trap 'rm -f x' EXIT\npytest",
    ],
)  # fmt: skip
def test_a_failure_fails_the_script(script: str) -> None:
    found = next(command for command in commands(script) if command.words[:1] == ("pytest",))
    assert found.swallowed == ""


@pytest.mark.parametrize(
    ("script", "reason"),
    [
        ("pytest\necho", "not the last command, without set -e"),
        ("pytest; rc=$?; echo", "not the last command, without set -e"),
        ("for f in a b; do pytest $f; done", "in a loop, whose last round alone counts without set -e"),
        ("echo\npytest", ""),
        ("#!/bin/bash -e\npytest\necho", ""),
        ("#!/usr/bin/env bash\nset -e\npytest\necho", ""),
        ("pytest && echo", ""),
    ],
)
def test_without_errexit_only_the_last_status_counts(script: str, reason: str) -> None:
    assert swallowed(script, errexit=False) == reason


@pytest.mark.parametrize(
    "script",
    [
        'S=$(curl -s -o /dev/null -w "%{http_code}" http://x)\nif [ "$S" != 200 ]; then exit 1; fi',
        "curl -s http://x | grep -q ok",
        "curl -s http://x -o body\ngrep ok body",
        "curl -s http://x > body\njq -e .ok body",
        '[ "$(curl -s http://x)" = ok ]',
        "case $(curl -s http://x) in ok) ;; *) exit 1;; esac",
        'until [ "$(curl -s http://x)" = 200 ]; do sleep 1; done',
        'body=$(curl -s http://x)\nif ! echo "$body" | grep -q ok; then exit 1; fi',
        'for i in 1 2 3; do code=$(curl -s http://x); if [ "$code" = 200 ]; then exit 0; fi; done\nexit 1',
        'get() { curl -s http://x; }\n[[ $(get) == ok ]] || exit 1',
    ],
)  # fmt: skip
def test_an_output_that_is_compared_and_exited_on_is_checked(script: str) -> None:
    assert next(command for command in commands(script) if command.words[:1] == ("curl",)).checked


@pytest.mark.parametrize(
    "script",
    [
        "curl -s http://x",
        'S=$(curl -s http://x)\nif [ "$S" != 200 ]; then echo bad; fi',
        "curl -s http://x | tee log",
        "curl -s http://x | grep ok || true",
        'S=$(curl -s http://x)\necho "$S"',
    ],
)
def test_an_output_that_nothing_depends_on_is_not_checked(script: str) -> None:
    assert not next(command for command in commands(script) if command.words[:1] == ("curl",)).checked


# --- conditions ----------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("script", "guards"),
    [
        ('if [ "$X" = 1 ]; then pytest; fi', ('[ "$X" = 1 ]',)),
        ("if a; then b; elif c; then pytest; fi", ("! a", "c")),
        ("if a; then b; else pytest; fi", ("! a",)),
        ("[ -n $X ] && pytest\necho", ("[ -n $X ]",)),
        ("a || pytest", ("! a",)),
        ("for x in $LIST; do pytest; done", ("for x in $LIST",)),
        ("case $X in a|b) pytest;; esac", ("$X in a|b",)),
        ("if [ -n $SKIP ]; then exit 0; fi\npytest", ("! [ -n $SKIP ]",)),
    ],
)
def test_a_command_that_may_not_run_knows_its_conditions(script: str, guards: tuple[str, ...]) -> None:
    found = next(command for command in commands(script) if command.words == ("pytest",))
    assert (found.guards, found.conditional) == (guards, True)


@pytest.mark.parametrize(
    "script", ["pytest", "cd x && pytest", "for x in 1 2; do pytest; done", "f() { pytest; }\nf", "if [ -z $X ]; then exit 1; fi\npytest"]
)
def test_a_command_that_runs_whenever_the_script_goes_well_is_not_conditional(script: str) -> None:
    found = next(command for command in commands(script) if command.words == ("pytest",))
    assert not found.conditional


# --- properties ----------------------------------------------------------------------------------------------------------

KEYWORDS = ("if ", "then ", "fi", "else ", "elif ", "for x in ", "do ", "done", "while ", "until ", "case x in ", "esac", ";;", "f() ")
SIGNS = (";", "\n", "|", "||", "&&", "&", "!", "(", ")", "{ ", "}", "((", "))", "[[ ", "]]", "=", ">x", "2>&1", "<<<", "#", " ", "\t")
QUOTES = ("$(", "`", '"', "'", "$'", "${{ x }}", "{{", "}}", "$X", "${", "$?", "$((", "\\\n", "\\", "<<EOF\n", "\nEOF\n", "<<-'E'")
BUILTINS = ("trap 'x' EXIT", "set +e", "exit 1", "return", "break", "bash -c ", "eval ", "A=1 ", "export ", "local ", "sudo ", "time ")
STRANGE = ("pytest", "a", "é", "\0", "\u2028", "\r", "\ud800")
PIECES = st.sampled_from((*KEYWORDS, *SIGNS, *QUOTES, *BUILTINS, *STRANGE))


@settings(max_examples=200, deadline=None)
@given(st.one_of(st.text(max_size=60), st.lists(PIECES, max_size=30).map("".join)), st.booleans(), st.booleans())
def test_no_text_is_too_strange(script: str, errexit: bool, pipefail: bool) -> None:
    lines = script.split("\n")
    result = parse(Text(script, "x"), errexit=errexit, pipefail=pipefail)
    for place in (*(command.place for command in result.commands), *result.problems):
        assert 1 <= place.line <= len(lines)
        assert 1 <= place.column <= len(lines[place.line - 1]) + 1


@settings(max_examples=100, deadline=None)
@given(
    st.lists(st.sampled_from(["a; ", "b && ", "c | ", "if d; then e; fi; ", "x=$(f) ", "sudo g; ", "bash -c 'h; i'; ", "${{ é }} ", "\n"]))
)
def test_a_command_stands_where_its_place_says(parts: list[str]) -> None:
    script = "".join(parts) + "z"
    lines = script.split("\n")
    for command in parse(Text(script, "x")).commands:
        if command.words:
            assert lines[command.place.line - 1][command.place.column - 1 :].startswith(command.words[0])


def test_nesting_without_end_is_a_problem_and_no_error() -> None:
    assert parse(Text("( " * 3000 + "a" + ")" * 3000, "x")).problems
    assert parse(Text("a && " * 3000 + "b", "x")).problems


def test_functions_that_call_each_other_often_are_cut_off() -> None:
    script = "".join(f"f{index}() {{ f{index + 1}; f{index + 1}; f{index + 1}; }}\n" for index in range(18)) + "f18() { pytest; }\nf0\n"
    assert len(commands(script)) < 10_000


def test_a_text_inside_a_file_knows_the_files_lines() -> None:
    script = Text("echo\npytest", "ci.yml", 10, 3)
    assert parse(script).commands[1].place == Place("ci.yml", 11, 1)
