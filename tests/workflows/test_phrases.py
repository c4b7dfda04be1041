"""Every phrase stands in every language, with the same blanks."""

import string

from inventory_core.stages import ACTIONS, FACTS
from workflows.phrases import catalogue, say


def _blanks(phrase: str) -> set[str]:
    return {name for _, name, _, _ in string.Formatter().parse(phrase) if name}


def test_every_key_stands_in_both_languages_with_the_same_blanks() -> None:
    english, chinese = catalogue("en"), catalogue("zh")
    for key in english.keys() | chinese.keys():
        if key.endswith(".one"):  # Chinese has no singular
            assert key.removesuffix(".one") + ".other" in english
            continue
        assert key in english, key
        assert key in chinese, key
        assert _blanks(english[key]) == _blanks(chinese[key]), key


def test_a_counted_phrase_has_its_singular() -> None:
    assert say("en", "card.lines", n=1) == "1 line"
    assert say("en", "card.lines", n=3) == "3 lines"
    assert say("zh", "card.lines", n=1) == "1行"


def test_all_that_flows_can_name_is_called_something() -> None:
    for kind, known in (("action", ACTIONS), ("fact", FACTS)):
        assert [name for name in known if f"{kind}.{name}" not in catalogue("en")] == []
