"""A flow as YAML: what people write, and what is written for them."""

import re
from typing import Any

import yaml

from workflows.definition import Flow

try:  # libyaml reads the library of flows in a tenth of the time; PyYAML may have been built without it
    from yaml import CSafeLoader as _Safe
except ImportError:
    from yaml import SafeLoader as _Safe  # type: ignore[assignment]


class _Loader(_Safe):
    """Reads YAML as its version 1.2 does: ``yes`` and ``no`` are words, as outcomes are called; a date is a text."""


_Loader.yaml_implicit_resolvers = {
    sign: [
        (tag, found) for tag, found in rules_ if tag not in ("tag:yaml.org,2002:bool", "tag:yaml.org,2002:timestamp")
    ]
    for sign, rules_ in yaml.SafeLoader.yaml_implicit_resolvers.items()
}
_Loader.add_implicit_resolver("tag:yaml.org,2002:bool", re.compile(r"^(?:true|false|True|False)$"), list("tfTF"))


def load_yaml(text: str) -> Any:
    """Return what a YAML text says. Raises yaml.YAMLError."""
    return yaml.load(text, Loader=_Loader)  # noqa: S506 (a safe loader, with fewer kinds of value)


def read(text: str) -> Flow:
    """Return the flow of a YAML text, unchecked. Raises yaml.YAMLError or pydantic.ValidationError."""
    return Flow.model_validate(load_yaml(text))


def write(flow: Flow) -> str:
    """Return the YAML text of a flow, without what says nothing, and with the short forms where they do."""
    return yaml.dump(
        _shortened(flow.model_dump(mode="json", exclude_defaults=True)),
        Dumper=_Plain,
        allow_unicode=True,
        sort_keys=False,
        width=120,
    )


class _Plain(yaml.SafeDumper):
    """Writes short mappings such as {en: Goods, zh: 货物} on one line, and quotes what another reader could mistake."""

    def represent_mapping(self, tag: str, mapping: Any, flow_style: bool | None = None) -> yaml.MappingNode:
        is_words = isinstance(mapping, dict) and set(mapping) <= {"en", "zh"}
        return super().represent_mapping(tag, mapping, flow_style=True if is_words else flow_style)

    def ignore_aliases(self, data: Any) -> bool:
        return True


def _shortened(value: Any, key: str = "") -> Any:
    if isinstance(value, dict):
        inner = {name: _shortened(each, name) for name, each in value.items()}
        if key == "does" and list(inner) == ["action"]:
            return inner["action"]
        if key in ("also_ask", "hand_to") and list(inner) == ["role"]:
            return inner["role"]
        return inner
    if isinstance(value, list):
        if key == "then" and len(value) == 1 and list(value[0]) == ["go"]:
            return value[0]["go"]
        if key == "asks" and all(list(each) == ["role"] for each in value):
            roles = [each["role"] for each in value]
            return roles[0] if len(roles) == 1 else roles
        return [_shortened(each) for each in value]
    return value
