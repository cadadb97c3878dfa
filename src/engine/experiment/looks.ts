import type { TrainEvent } from '../run/events.ts';
import type { StageSpan } from '../method/stages.ts';
import type { Course } from './course.ts';
import type { Exam } from './exam.ts';
import { FeatureMap } from './feature-map.ts';
import type { Students } from './students.ts';

/** What is measured between two updates: probes of every Recalibrator, and the live questions. They change no student. */
export class Looks {
  /** One basis an arm for the whole run. */
  private readonly maps = new Map<string, FeatureMap>();

  constructor(
    private readonly exam: Exam,
    private readonly course: Course,
  ) {}

  /** What is measured after an update, where the recipe asks for it. */
  async *after(students: Students, span: StageSpan): AsyncGenerator<TrainEvent, void, void> {
    const { course } = this;
    if (course.probes(span)) yield* this.probe(students);
    if (!course.evaluates(span) || course.over) return;
    yield* this.exam.during(students.ofArms(course.arms), course.step);
  }

  /** The look that a state has not behind it which was saved right after an update. */
  async *afterRestored(students: Students): AsyncGenerator<TrainEvent, void, void> {
    const span = this.course.latestSpan;
    if (span === undefined || !this.course.probes(span)) return;
    await students.prepare(span.key);
    yield* this.after(students, span);
  }

  async *probe(students: Students): AsyncGenerator<TrainEvent, void, void> {
    const { step } = this.course;
    for await (const { arm, numbers, sample } of students.probes()) {
      yield { type: 'probe', step, arm, numbers };
      yield { type: 'features', step, arm, map: this.map(arm).place(sample) };
    }
  }

  /** The first look of all decides what the feature maps show: a run that goes on looks once more from where its students began, and lets them go. */
  async first(beginners: Students): Promise<void> {
    try {
      for await (const { arm, sample } of beginners.probes()) this.map(arm).place(sample);
    } finally {
      beginners.dispose();
    }
  }

  private map(arm: string): FeatureMap {
    const map = this.maps.get(arm) ?? new FeatureMap();
    this.maps.set(arm, map);
    return map;
  }
}
