"""What to collect: a task file."""

from collections import Counter
from collections.abc import Iterable
from string import Formatter
from typing import Annotated, Any, Literal

from pydantic import BaseModel, BeforeValidator, ConfigDict, Field, StringConstraints, field_validator, model_validator


def _not_yaml_truth(value: Any) -> Any:
    if isinstance(value, bool | int | float):
        raise ValueError(f'write it in quotes: YAML reads it as {type(value).__name__}, not as words ("on", "2")')
    return value


Name = Annotated[str, StringConstraints(pattern=r"^[a-z0-9_]+$")]
Words = Annotated[
    str, BeforeValidator(_not_yaml_truth), StringConstraints(min_length=1, max_length=500, strip_whitespace=True)
]
Choices = dict[Name, Annotated[tuple[Words, ...], Field(min_length=1)]]


class TaskConfig(BaseModel):
    """A task as its YAML file describes it."""

    model_config = ConfigDict(frozen=True, extra="forbid")

    name: Name
    """Short name."""
    instruction: Annotated[Words, Field(min_length=3)]
    """What the policy will be told, in plain words; `{object}` stands for the slot `object` of the scene."""
    paraphrases: tuple[Words, ...] = ()
    """Other ways to say the same, with the same slots."""
    slots: Choices = {}
    """What the instruction's slots may be: {object: [red cube, green cube]}."""
    scene: Choices = {}
    """What else the operator sets up in turn: {pose: [left, right], lighting: [lamp, window]}."""
    steps: tuple[Words, ...] = ()
    """Names of the parts of the task, in order."""
    seconds: float = Field(default=20.0, gt=0, le=3600)
    """Usual length of one episode, s."""
    goal: int = Field(default=50, ge=1)
    """How many kept episodes are wanted."""
    success_from: int = Field(default=3, ge=1, le=5)
    """A score of so much or more makes the outcome `success`, a lower one `failure`, unless the operator says else."""
    countdown_s: float = Field(default=0.0, ge=0, le=60)
    """From the key until the take begins, s."""
    auto_start: bool = False
    """A take begins as soon as every robot follows."""
    auto_stop: bool = False
    """A take ends after `seconds`."""
    auto_advance: bool = False
    """Once a take is scored it is kept and the next one begins, by `countdown_s` and `auto_start`."""
    environment: str = ""
    """Where; empty: as the rig's file says."""
    consent: Literal["", "given", "not needed"] = ""
    """Whether those in the pictures agreed."""
    licence: str = ""
    """Under which the data is recorded; empty: as the rig's file says."""

    @field_validator("instruction", "paraphrases")
    @classmethod
    def _is_template(cls, value: str | tuple[str, ...]) -> str | tuple[str, ...]:
        for text in (value,) if isinstance(value, str) else value:
            slots_in(text)
        return value

    @field_validator("paraphrases", "steps")
    @classmethod
    def _said_once(cls, value: tuple[str, ...]) -> tuple[str, ...]:
        if twice := _twice(value):
            raise ValueError(f"{twice!r} stands there twice")
        return value

    @field_validator("slots", "scene")
    @classmethod
    def _each_once(cls, value: Choices) -> Choices:
        for name, choices in value.items():
            if twice := _twice(choices):
                raise ValueError(f"{name} lists {twice!r} twice, and would be given it twice as often")
        return value

    @model_validator(mode="after")
    def _slots_fit(self) -> "TaskConfig":
        used: set[str] = set()
        for key, text in (("instruction", self.instruction), *(("paraphrases", text) for text in self.paraphrases)):
            used.update(slots_in(text))
            for name in slots_in(text):
                if name not in self.slots:
                    known = ", ".join(self.slots) or "none"
                    raise ValueError(f"{key}: {text!r} has {{{name}}}, which slots does not list; there are: {known}")
        if both := sorted(set(self.slots) & set(self.scene)):
            raise ValueError(f"scene.{both[0]}: slots lists {both[0]} too; a slot varies with the scene anyway")
        if idle := [name for name in self.slots if name not in used]:
            raise ValueError(f"slots.{idle[0]}: no instruction says {{{idle[0]}}}; say it, or list it under scene")
        return self

    @property
    def factors(self) -> Choices:
        """All that varies from take to take."""
        return {**self.slots, **self.scene}

    def untold(self, scene: dict[str, str]) -> tuple[str, ...]:
        """The slots of the instruction that a scene does not tell."""
        return tuple(name for name in slots_in(self.instruction) if name not in scene)

    def told(self, scene: dict[str, str]) -> str:
        """The instruction for a scene, to be shown."""
        return filled(self.instruction, scene)

    def language(self, scene: dict[str, str]) -> dict[str, Any]:
        """What a take of a scene is labelled before anybody has said anything.

        Words with a slot that the scene does not tell are none: better no instruction than a wrong one.
        """
        paraphrases = [filled(text, scene) for text in self.paraphrases if scene.keys() >= set(slots_in(text))]
        return {
            "instruction": "" if self.untold(scene) else self.told(scene),
            **({"paraphrases": paraphrases} if paraphrases else {}),
            **({"scene": scene} if scene else {}),
        }


def slots_in(template: str) -> list[str]:
    """Names of a template's slots. Raises ValueError where braces do not match or hold anything but a name."""
    try:
        parts = [part[1:] for part in Formatter().parse(template) if part[1] is not None]
    except ValueError as error:
        raise ValueError(f"{template!r}: {error}; write {{{{ and }}}} for braces that are meant") from error
    for name, form, conversion in parts:
        if not (name or "").isidentifier() or form or conversion:
            raise ValueError(f"{template!r}: {{{name}}} is no slot; write a name alone in braces, as {{object}}")
    return [str(name) for name, _, _ in parts]


def filled(template: str, scene: dict[str, str]) -> str:
    """The template's words for a scene; a slot that the scene does not tell is named by itself."""
    return template.format_map({name: scene.get(name, name) for name in slots_in(template)})


def _twice(values: Iterable[str]) -> str:
    """The first value that is not the only one of its kind; empty if there is none."""
    return next((value for value, count in Counter(values).items() if count > 1), "")
