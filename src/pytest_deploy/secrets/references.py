"""What only refers to a value: variables, expressions, look-ups in a secret store, encrypted text."""

from __future__ import annotations

import re

_VARIABLES = (
    r"\$\{\{.{0,1000}?\}\}"  # GitHub
    r"|\$\[\[.{0,500}?\]\]|\$\[[^\]\n]{0,500}\]"  # GitLab inputs, Azure runtime expressions
    r"|\{\{.{0,1000}?\}\}|<<\s?(?:parameters|pipeline|matrix)\..{0,200}?>>"
    r"|<%.{0,500}?%>|\{%.{0,500}?%\}"  # Jinja, Go templates, CircleCI, ERB
    r"|(?<!\$)\$\{[^{}]{0,500}(?:\{[^{}]{0,500}\}[^{}]{0,500}){0,5}\}"
    r"|(?<!\$)\$[A-Za-z_]\w*(?::[A-Za-z_]\w*)?|(?<!\$)\$[@*#?0-9]"  # $NAME, $env:NAME
    r"|%[A-Za-z_]\w*%"
    r"|\#\{[^}\n]{0,200}\}"  # Ruby, Octopus
)
VARIABLE = re.compile(_VARIABLES, re.DOTALL)
"""One expression that names a value."""

EXPRESSION = re.compile(
    _VARIABLES + r"|(?<!\$)\$\((?:[^()]|\([^()]{0,300}\)){0,500}\)|`[^`\n]{1,500}`", re.DOTALL
)  # $(command), $(AzureVariable)
"""One expression, whatever the language it is written in."""

_STORES = re.compile(
    r"(?:vault|ssm|aws-ssm|awssm|arn|op|gcpsm|sm|secretsmanager|aws-secretsmanager|keyvault|akv|azurekeyvault|doppler|infisical|bws|sops|ref|"
    r"secretref|secret|chamber|env|file|azkv|keeper|awssecret|parameterstore)(?::|\+)\S",
    re.IGNORECASE,
)
_KEY_VAULT = re.compile(r"@Microsoft\.KeyVault\(", re.IGNORECASE)
_RESOLVE = re.compile(r"\{\{\s*resolve:")
_ENCRYPTED = re.compile(r"(?:ENC\[|ENC\(|encrypted:|\$ANSIBLE_VAULT|AQICAH|-----BEGIN (?:PGP MESSAGE|AGE ENCRYPTED))")
_CODE = re.compile(
    r"(?:(?:var|local|data|module|random_\w+|aws_\w+|azurerm_\w+|google_\w+|process\.env|os\.environ|secrets|vars|env|inputs|parameters|"
    r"variables|steps|needs|github|self|config|settings|import\.meta\.env|System\.getenv|ENV)(?:\.\w|\[|\()|(?:credentials|getenv|env)\()"
)
DEFAULT = re.compile(r"\$\{(?P<name>[A-Za-z_]\w*):?[-=](?P<default>[^{}]*)\}")
ALTERNATIVE = re.compile(r"\|\|\s*'(?P<default>[^']*)'|\|\|\s*\"(?P<double>[^\"]*)\"")

"""``${NAME:-default}``."""


def is_reference(value: str) -> bool:
    """Whether a value only refers to what stands elsewhere, or is encrypted."""
    text = value.strip().strip("\"'")
    if _ENCRYPTED.match(text) or _KEY_VAULT.match(text) or _RESOLVE.match(text) or _CODE.match(text):
        return True
    return bool(_STORES.match(text)) or bool(EXPRESSION.search(text))


def defaults(value: str) -> list[str]:
    """The literals that stand in for a reference which gives nothing: ``${X:-literal}``, ``${{ secrets.X || 'literal' }}``."""
    found = [match["default"] for match in DEFAULT.finditer(value)]
    for expression in EXPRESSION.finditer(value):
        found.extend(match["default"] or match["double"] or "" for match in ALTERNATIVE.finditer(expression.group()))
    return [text for text in found if text]
