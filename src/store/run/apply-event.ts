import type { RunSummary, TrainEvent } from '../../engine/run/events.ts';
import { named, withBlind } from '../../engine/recipe/arms.ts';
import { differences } from '../../engine/recipe/live.ts';
import type { Recipe } from '../../engine/recipe/recipe.ts';
import { noAnswers, withAnswers } from '../slices/answers-slice.ts';
import { takeReading } from '../../engine/run/readings.ts';
import type { TimedEvent } from '../../engine/run/record.ts';
import type { RunState } from '../slices/run-slice.ts';
import type { Store } from '../store.ts';

/** What the events of a record change in the state, in their order. Records leave `step` out: the metrics tell it. */
export function foldEvents(state: Store, events: readonly TimedEvent[]): Store {
  let now = state;
  const apply = (at: number, event: TrainEvent) => {
    now = { ...now, ...applyEvent(now, event, at) };
  };
  for (const { at, event } of events) {
    const last = event.type === 'metrics' ? event.steps.at(-1) : undefined;
    if (last !== undefined) apply(at, { type: 'step', step: last.step, stage: last.stage });
    if (event.type === 'stopped' || event.type === 'failed')
      apply(at, { type: 'step', step: event.step, stage: now.run.stage ?? 'align' });
    apply(at, event);
  }
  return now;
}

/**
 * What one engine event changes in the state. Pure but for the metric arrays, which grow in place.
 * @param at ms for which the run had worked.
 */
export function applyEvent(state: Store, event: TrainEvent, at: number): Partial<Store> {
  takeReading(state.metrics.readings, { at, event });
  const run = (change: Partial<RunState>): Partial<Store> => ({ run: { ...state.run, ...change } });
  switch (event.type) {
    case 'start': {
      const { totalSteps, stages } = event;
      // What a class was to guess may have been revealed before it was told again.
      const recipe = asOpenAs(state.draft, event.recipe);
      const arms = recipe === event.recipe ? event.arms : named(event.arms, recipe);
      return run({ totalSteps, stages, recipe, arms, step: 0 });
    }
    case 'status':
      return run({
        message:
          event.progress !== undefined && Number.isFinite(event.progress)
            ? `${event.message} ${Math.round(event.progress * 100)} %`
            : event.message,
      });
    case 'panel':
      return { ...noAnswers, panel: event.items };
    case 'stage':
      return run({
        stage: event.stage,
        phase: state.run.phase === 'paused' ? 'paused' : 'running',
        message: 'Training.',
      });
    case 'recipe': {
      const recipe = asOpenAs(state.draft, event.recipe);
      const fields = state.run.recipe ? differences(state.run.recipe, recipe) : [];
      return run({
        recipe,
        planned: stillPlanned(state.run.planned, event.step),
        message: state.run.phase === 'paused' ? state.run.message : 'Training.',
        // That what it does was said changes nothing of it.
        changes: fields.every((field) => field === 'blind')
          ? state.run.changes
          : [...state.run.changes, { step: event.step, fields }],
      });
    }
    case 'step':
      return run({ step: event.step });
    case 'metrics': {
      state.metrics.steps.push(...event.steps);
      const { stepsPerSecond, examplesPerSecond, gpuBytes, tensors } = event;
      return {
        ...run({
          stepsPerSecond,
          examplesPerSecond,
          gpuBytes,
          gpuPeak: Math.max(gpuBytes, state.run.gpuPeak),
          tensors,
        }),
        metrics: { ...state.metrics, version: state.metrics.version + 1 },
      };
    }
    case 'evaluation': {
      const { step, who, seed, score, final } = event;
      state.metrics.evaluations.push({ step, who, seed, score, final });
      return { metrics: { ...state.metrics, version: state.metrics.version + 1 } };
    }
    case 'probe': {
      const { step, arm, numbers } = event;
      state.metrics.probes.push({ step, arm, numbers });
      return { metrics: { ...state.metrics, version: state.metrics.version + 1 } };
    }
    case 'features': {
      const { step, arm, map } = event;
      state.metrics.features.push({ step, arm, map });
      return { metrics: { ...state.metrics, version: state.metrics.version + 1 } };
    }
    case 'shapes':
      return run({ shapes: { teacher: event.teacher, student: event.student } });
    case 'example':
      return run({ watched: { step: event.step, example: event.example } });
    case 'answers':
      return {
        answers: withAnswers(state.answers, { step: event.step, arm: event.arm, said: event.answers }),
      };
    case 'paused':
      return run({ phase: 'paused', message: `Paused after step ${event.step}.`, step: event.step });
    case 'resumed':
      return run({ phase: 'running', message: 'Training.' });
    case 'stopped':
      return run({ phase: 'stopped', message: `Stopped after step ${event.step}.` });
    case 'failed':
      return run({ phase: 'failed', failure: event.failure, message: event.failure.message });
    case 'done':
      return run({ phase: 'done', summary: withNames(event.final, state.run.arms), message: 'Done.' });
  }
}

/** What is still to come when a run has changed: a person's change on the way takes the place of all that was planned. */
function stillPlanned(planned: RunState['planned'], step: number): RunState['planned'] {
  return planned?.some((change) => change.step === step)
    ? planned.filter((change) => change.step > step)
    : undefined;
}

/** A recipe that says of itself what the one in the form says. */
function asOpenAs(draft: Recipe, recipe: Recipe): Recipe {
  return recipe.blind === true && draft.blind !== true ? withBlind(recipe, false) : recipe;
}

/** A summary with the names that the run's arms have by now: what a class was to guess may have been revealed on the way. */
function withNames(summary: RunSummary, arms: RunState['arms']): RunSummary {
  const names = new Map(arms.map(({ key, label }) => [key, label]));
  return {
    ...summary,
    arms: summary.arms.map((arm) => ({ ...arm, label: names.get(arm.key) ?? arm.label })),
  };
}
