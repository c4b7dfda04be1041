"""Puts the flows that a flow runs in the place where it runs them."""

from collections.abc import Mapping

from workflows.definition import JOINED, Branch, Flow, Step


def expanded(flow: Flow, others: Mapping[str, Flow]) -> Flow:
    """Return a flow with the steps of the flows that it runs in place of their names.

    A step ``approve`` of the flow run by a step ``price`` becomes ``price.approve``. Raises KeyError for a flow that
    is not among ``others``.
    """
    steps: dict[str, Step] = {}
    fields, facts, labels = dict(flow.fields), dict(flow.facts), dict(flow.fact_labels)
    for name, step in flow.steps.items():
        if not step.runs:
            steps[name] = step
            continue
        inner = others[step.runs]
        places: dict[str, str] = {each: f"{name}.{each}" for each in inner.steps} | step.ends | {JOINED: JOINED}
        steps |= {f"{name}.{each}": _renamed(part, places) for each, part in inner.steps.items()}
        fields, facts, labels = {**inner.fields, **fields}, {**inner.facts, **facts}, {**inner.fact_labels, **labels}
    steps = {name: _entering(step, flow, others) for name, step in steps.items()}
    whole = {name: getattr(flow, name) for name in Flow.model_fields}
    return Flow(**{**whole, "steps": steps, "fields": fields, "facts": facts, "fact_labels": labels})


def _renamed(step: Step, places: Mapping[str, str]) -> Step:
    def moved(then: tuple[Branch, ...] | None) -> tuple[Branch, ...] | None:
        return then and tuple(
            each.model_copy(
                update={
                    "go": places.get(each.go, each.go) if each.go else None,
                    "back_to": places.get(each.back_to, each.back_to) if each.back_to else None,
                }
            )
            for each in then
        )

    return step.model_copy(
        update={
            "outcomes": {
                name: outcome.model_copy(update={"then": moved(outcome.then)})
                for name, outcome in step.outcomes.items()
            },
            "then": moved(step.then),
            "together": {arm: places.get(first, first) for arm, first in step.together.items()},
            "someone_other_than": tuple(places.get(each, each) for each in step.someone_other_than),
        }
    )


def _entering(step: Step, flow: Flow, others: Mapping[str, Flow]) -> Step:
    """Let what leads to a step that runs a flow lead to that flow's first step."""
    run = {name: others[each.runs] for name, each in flow.steps.items() if each.runs}
    others_than = tuple(
        inner
        for each in step.someone_other_than
        for inner in (
            [f"{each}.{asks}" for asks, part in run[each].steps.items() if part.asks] if each in run else [each]
        )
    )
    into = {name: f"{name}.{inner.first_step}" for name, inner in run.items()}
    return _renamed(step.model_copy(update={"someone_other_than": others_than}), into) if run else step
