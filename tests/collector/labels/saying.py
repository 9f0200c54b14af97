"""Labels as tests say them: numbered, so that they are the same on every run."""

from collector.labels.event import LabelEvent, LabelSet

UUID = "00000000-0000-4000-8000-000000000007"


def label(number: int, *, episode: str = UUID, by: str = "anna", **fields: object) -> LabelEvent:
    """Label `number` says these fields."""
    return LabelEvent(episode=episode, id=f"label-{number}", utc_ns=number, by=by, set=LabelSet.model_validate(fields))


def undo(number: int, of: LabelEvent) -> LabelEvent:
    """Label `number` takes another one back."""
    return LabelEvent(episode=of.episode, id=f"label-{number}", utc_ns=number, by="ben", undoes=of.id)
