"""The state of a modal, read into words: what was written or chosen, and the files that came along. No side effects."""

from collections.abc import Iterator, Sequence
from typing import Final

from pydantic import BaseModel

FILES_MAX: Final = 5
BY_HAND: Final = "~by_hand"
"""What follows a field's name where its photo has an input beside that for its words."""


class _Chosen(BaseModel):
    value: str


class File(BaseModel):
    """A file that came with an answer."""

    name: str = ""
    size: int = 0
    url_private_download: str = ""


class _Given(BaseModel):
    value: str | None = None
    selected_option: _Chosen | None = None
    selected_date: str | None = None
    files: list[File] = []


class Answers(BaseModel):
    """The state of a sent modal: by block, which is the field's name, and by element."""

    values: dict[str, dict[str, _Given]] = {}

    def _given(self) -> Iterator[tuple[str, _Given]]:
        return ((name, given) for name, elements in self.values.items() for given in elements.values())

    @property
    def words(self) -> dict[str, str]:
        """What was written or chosen, by the field's name; empty for what was left empty."""
        found = {}
        for name, given in self._given():
            if not given.files and not name.endswith(BY_HAND):
                chosen = given.selected_option.value if given.selected_option else given.selected_date
                found[name] = chosen or given.value or ""
        return found

    @property
    def files(self) -> dict[str, Sequence[File]]:
        """The files, by the field's name."""
        return {name.removesuffix(BY_HAND): given.files[:FILES_MAX] for name, given in self._given() if given.files}
