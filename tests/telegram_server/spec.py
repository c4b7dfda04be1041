"""Reads ``bot-api.json`` and holds every call, and every answer of the server itself, against it."""

import json
import re
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from functools import cache
from pathlib import Path
from typing import Any

from tests.telegram_server.refusals import Refusal, bad_request

JsonObject = dict[str, Any]

_EMPTY = {"text": "message text is empty", "chat_id": "chat_id is empty"}
_TRUE, _FALSE = {"true", "True", "1"}, {"false", "False", "0"}


@dataclass(frozen=True, slots=True)
class Upload:
    """One file of a multipart call."""

    name: str
    content: bytes


@dataclass(frozen=True, slots=True)
class FieldRule:
    name: str
    types: tuple[str, ...]
    is_required: bool


@cache
def _description() -> JsonObject:
    described: JsonObject = json.loads(Path(__file__).with_name("bot-api.json").read_text("utf-8"))
    return described


@cache
def _rules(section: str, name: str) -> Mapping[str, FieldRule]:
    fields = _description()[section][name]["fields"]
    return {each["name"]: FieldRule(each["name"], tuple(each["types"]), each["required"]) for each in fields}


def method_named(name: str) -> str:
    """Return the method's name as documented; Telegram ignores its case. Raises the 404 of an unknown one."""
    for known in _description()["methods"]:
        if known.lower() == name.lower():
            return str(known)
    raise Refusal(404, "Not Found")


def read_call(method: str, raw: Mapping[str, object], uploads: Mapping[str, Upload]) -> JsonObject:
    """Return the call's parameters as typed values.

    Raises a 400 for a parameter that is unknown, of the wrong type or missing. Telegram itself ignores unknown
    parameters; here they are refused, so that a slip of the pen shows.
    """
    rules = _rules("methods", method)
    attached = _attachments(raw)
    values: JsonObject = {}
    for name, value in raw.items():
        if name not in rules:
            raise bad_request(f'unknown parameter "{name}" of {method}')
        values[name] = _read(rules[name], value)
    for name, upload in uploads.items():
        if name in rules and "InputFile" in rules[name].types:
            values[name] = upload
        elif name not in attached:
            raise bad_request(f'unknown file "{name}" of {method}')
    for rule in rules.values():
        if rule.is_required and rule.name not in values:
            raise bad_request(_EMPTY.get(rule.name, f'parameter "{rule.name}" is required'))
    return values


def _attachments(raw: Mapping[str, object]) -> set[str]:
    return {each for value in raw.values() for each in re.findall(r"attach://([\w-]+)", str(value))}


def _read(rule: FieldRule, value: object) -> object:
    candidates = list(_readings(rule.types, value))
    if not candidates:
        raise bad_request(f'can\'t parse parameter "{rule.name}": expected {" or ".join(rule.types)}')
    complaints = []
    for type_name, candidate in candidates:
        if not (complaint := complaint_about(candidate, type_name)):
            return candidate
        complaints.append(complaint)
    shortest = min(complaints, key=len) if len(complaints) > 1 else complaints[0]
    raise bad_request(f"can't parse {rule.name.replace('_', ' ')} JSON object: {shortest}")


def _readings(types: Iterable[str], value: object) -> Iterable[tuple[str, object]]:
    """Yield each way in which the raw value can be understood, by the types that the parameter may have."""
    for name in types:
        if name == "Integer":
            if isinstance(value, int) and not isinstance(value, bool):
                yield name, value
            elif isinstance(value, str) and re.fullmatch(r"-?\d{1,19}", value):
                yield name, int(value)
        elif name == "Boolean":
            if isinstance(value, bool):
                yield name, value
            elif isinstance(value, str) and value in _TRUE | _FALSE:
                yield name, value in _TRUE
        elif name == "String":
            if isinstance(value, str):
                yield name, value
        elif name != "InputFile":
            if isinstance(value, str):
                try:
                    yield name, json.loads(value)
                except ValueError:
                    continue
            else:
                yield name, value


def complaint_about(value: object, type_name: str) -> str:
    """Return what is wrong with ``value`` as a ``type_name`` (``Array of String``, ``Message``), or nothing."""
    if type_name.startswith("Array of "):
        if not isinstance(value, list):
            return "expected an Array"
        inner = type_name.removeprefix("Array of ")
        return next((found for each in value if (found := complaint_about(each, inner))), "")
    if type_name in ("Integer", "String", "Boolean"):
        wanted = {"Integer": int, "String": str, "Boolean": bool}[type_name]
        good = isinstance(value, wanted) and not (type_name == "Integer" and isinstance(value, bool))
        return "" if good else f"must be of type {type_name}"
    if not isinstance(value, dict):
        return "expected an Object"
    if subtypes := _description()["types"][type_name].get("subtypes"):
        complaints = [complaint_about(value, each) for each in subtypes]
        return "" if "" in complaints else min(complaints, key=len)
    return _complaint_about_object(value, type_name)


def _complaint_about_object(value: JsonObject, type_name: str) -> str:
    rules = _rules("types", type_name)
    for name, each in value.items():
        if name not in rules:
            return f'unknown field "{name}" of {type_name}'
        found = [complaint_about(each, kind) for kind in rules[name].types]
        if "" not in found:
            return f'Field "{name}" {min(found, key=len)}'
    missing = next((rule.name for rule in rules.values() if rule.is_required and rule.name not in value), None)
    return f'Can\'t find field "{missing}"' if missing else ""
