import { armsOf, mainArm } from '../recipe/arms.ts';
import { leaves } from '../recipe/link.ts';
import { mayChangeLive } from '../recipe/live.ts';
import type { Recipe } from '../recipe/recipe.ts';
import type { StepMetrics, TrainEvent } from '../run/events.ts';
import type { JointSetting } from '../run/record-schema.ts';
import { partId, type RunRecord, type TimedEvent } from '../run/record.ts';

/**
 * The record of a run that trained settings of a sweep together, as one record of each setting: what it would have told alone, under the names that its arms
 * have alone. Times, speed and memory are the whole run's. Empty where a record is of no such run.
 */
export function splitRecord({ sweep, events, ...head }: RunRecord): RunRecord[] {
  if (sweep?.settings === undefined) return [];
  const { settings, ...about } = sweep;
  return settings.map((setting, i) => {
    const own = new Split(setting).of(events);
    // Another setting's numbers may have broken the run.
    const outcome = own.at(-1)?.event.type === 'stopped' ? 'stopped' : head.outcome;
    return {
      ...head,
      id: partId(head.id, i),
      recipe: setting.recipe,
      outcome,
      sweep: { ...about, together: settings.length },
      events: own,
    };
  });
}

/** The numbers of an arm in the list of those that are told of one after the other. */
type Places = ReadonlyMap<string, number>;

/** What a joint run tells, as one of its settings would have told it. */
class Split {
  /** By the run's arm: the keys that it has alone. */
  private readonly alone = new Map<string, string[]>();
  private readonly places: Places;
  /** The run's arm that is the setting's own. */
  private readonly own: string;

  constructor(private readonly setting: JointSetting) {
    for (const { key, as } of setting.arms) this.alone.set(as, [...(this.alone.get(as) ?? []), key]);
    this.places = new Map(setting.arms.map(({ key }, i) => [key, i]));
    this.own = setting.arms[0]!.as;
  }

  of(events: readonly TimedEvent[]): TimedEvent[] {
    const told = events.flatMap(({ at, event }) => this.event(event).map((own) => ({ at, event: own })));
    const ordered = inOrder(
      told.map(({ event }) => event),
      this.places,
    );
    return told.map(({ at }, i) => ({ at, event: ordered[i]! }));
  }

  private event(event: TrainEvent): TrainEvent[] {
    const { setting } = this;
    switch (event.type) {
      case 'start': {
        const own = event.arms.find(({ key }) => key === this.own);
        return [
          {
            ...event,
            recipe: setting.recipe,
            arms: armsOf(setting.recipe).map(({ key, label }) => ({
              ...event.arms.find((arm) => arm.key === this.as(key)),
              key,
              label,
            })),
            trainableParameters: own?.trainableParameters ?? event.trainableParameters,
          },
        ];
      }
      case 'recipe':
        return [{ ...event, recipe: this.followed(event.recipe) }];
      case 'metrics': {
        const steps = this.steps(event.steps);
        return steps.length === 0 ? [] : [{ ...event, steps }];
      }
      case 'evaluation':
        return isArm(event.who) ? this.keys(event.who).map((who) => ({ ...event, who })) : [event];
      case 'probe':
      case 'features':
      case 'answers':
        return this.keys(event.arm).map((arm) => ({ ...event, arm }));
      case 'example':
        return this.own === mainArm ? [event] : [];
      case 'done': {
        const labels = new Map(armsOf(setting.recipe).map(({ key, label }) => [key, label]));
        const { arms, otherSplits, ...rest } = event.final;
        const final = {
          ...rest,
          arms: setting.arms.flatMap(({ key, as }) =>
            arms.filter((arm) => arm.key === as).map((arm) => ({ ...arm, key, label: labels.get(key)! })),
          ),
          otherSplits: otherSplits.map(({ arms: scores, ...other }) => ({
            ...other,
            arms: Object.fromEntries(setting.arms.map(({ key, as }) => [key, scores[as]!])),
          })),
        };
        return [{ ...event, final }];
      }
      case 'failed': {
        const { arm, ...failure } = event.failure;
        if (arm === undefined) return [event];
        const [own] = this.keys(arm);
        // It was another setting's: this one was cut short by it.
        if (own === undefined) return [{ type: 'stopped', step: event.step }];
        return [{ ...event, failure: { ...failure, arm: own } }];
      }
      default:
        return [event];
    }
  }

  /** The numbers of the setting's arms, update by update in the order of the arms. */
  private steps(all: readonly StepMetrics[]): StepMetrics[] {
    const own = all.flatMap((numbers) => this.keys(numbers.arm).map((arm) => ({ ...numbers, arm })));
    return own.sort((a, b) => a.step - b.step || this.places.get(a.arm)! - this.places.get(b.arm)!);
  }

  /** What the setting follows while the run follows another recipe: live fields may have changed, also those that arms have of their own. */
  private followed(joint: Recipe): Recipe {
    const now = new Map(armsOf(joint).map(({ key, recipe }) => [key, recipe]));
    const arms = this.setting.recipe.arms.map((arm) => {
      const values = new Map(leaves(now.get(this.as(arm.key))!));
      const change = Object.fromEntries(
        Object.entries(arm.change).map(([path, value]) => [
          path,
          mayChangeLive(path) ? (values.get(path) as typeof value) : value,
        ]),
      );
      return { ...arm, change };
    });
    return { ...now.get(this.own)!, arms };
  }

  private keys(arm: string): readonly string[] {
    return this.alone.get(arm) ?? [];
  }

  /** The run's arm that is one of the setting's. */
  private as(key: string): string {
    return this.setting.arms.find((arm) => arm.key === key)!.as;
  }
}

/** Whether an evaluation is an arm's: nobody else is evaluated but the teacher and the untouched student. */
function isArm(who: string): boolean {
  return who !== 'teacher' && who !== 'before';
}

/** Events of one look in the order of the arms, which may be another one than in the run. */
function inOrder(events: readonly TrainEvent[], places: Places): TrainEvent[] {
  const place = (event: TrainEvent) => places.get(armOf(event) ?? '') ?? 0;
  const looks: TrainEvent[][] = [];
  for (const event of events) {
    const look = lookOf(event);
    const latest = looks.at(-1);
    if (look !== undefined && latest !== undefined && lookOf(latest[0]!) === look) latest.push(event);
    else looks.push([event]);
  }
  return looks.flatMap((look) => look.sort((a, b) => place(a) - place(b)));
}

/** Which look at the arms an event is part of; undefined where it is about none of them. */
function lookOf(event: TrainEvent): string | undefined {
  if (armOf(event) === undefined || !('step' in event)) return undefined;
  return `${event.type === 'probe' || event.type === 'features' ? 'inside' : 'answers'} ${event.step}`;
}

function armOf(event: TrainEvent): string | undefined {
  if (event.type === 'evaluation') return isArm(event.who) ? event.who : undefined;
  return event.type === 'probe' || event.type === 'features' || event.type === 'answers'
    ? event.arm
    : undefined;
}
