import { EngineError } from '../errors.ts';
import { stageSpans, type StageSpan } from '../method/stages.ts';
import { armsOf, type Arm } from '../recipe/arms.ts';
import { needRestart } from '../recipe/live.ts';
import type { Recipe } from '../recipe/recipe.ts';

/** Where a run stands, and what it follows: a recipe whose live fields may change on the way. */
export class Course {
  readonly spans: readonly StageSpan[];
  readonly totalSteps: number;
  arms: readonly Arm[];
  /** Updates done. */
  step = 0;
  /** What the run follows from the next update on. */
  private changed: Recipe | undefined;
  /** The same for later ones, by the update after which it is taken over. */
  private readonly planned = new Map<number, Recipe>();

  constructor(public recipe: Recipe) {
    this.arms = armsOf(recipe);
    this.spans = stageSpans(recipe);
    this.totalSteps = this.spans.at(-1)?.to ?? 0;
  }

  get over(): boolean {
    return this.step >= this.totalSteps;
  }

  /** The stage of the next update; there is one while the run is not `over`. */
  get nextSpan(): StageSpan {
    return this.spans.find(({ to }) => this.step + 1 <= to)!;
  }

  /** The stage of the latest update; undefined before the first. */
  get latestSpan(): StageSpan | undefined {
    return this.spans.find(({ from, to }) => from <= this.step && this.step <= to);
  }

  /** Whether the live questions are asked after the latest update, of stage `span`: every so many steps, and after each stage. */
  evaluates(span: StageSpan): boolean {
    const { everySteps } = this.recipe.evaluation;
    return everySteps > 0 && (this.step % everySteps === 0 || this.step === span.to);
  }

  /** Whether Recalibrators are probed after the latest update, of stage `span`: with the live questions, and after each stage in any case. */
  probes(span: StageSpan): boolean {
    return this.evaluates(span) || this.step === span.to;
  }

  /**
   * Has the run follow another recipe.
   * @param after the update after which it is taken over; without one it is the next, and takes the place of all that was planned for later
   * @throws EngineError `recipe-invalid` where it differs in more than live fields.
   */
  plan(recipe: Recipe, after?: number): void {
    const fixed = needRestart(this.recipe, recipe);
    if (fixed.length > 0)
      throw new EngineError(
        'recipe-invalid',
        `A run cannot change ${fixed.join(', ')} on its way.`,
        'Stop it and run again with the new recipe.',
      );
    if (after !== undefined) this.planned.set(after, recipe);
    else {
      this.changed = recipe;
      this.planned.clear();
    }
  }

  /** What is to be followed from here on, where that is another recipe. */
  get due(): Recipe | undefined {
    return this.changed ?? this.planned.get(this.step);
  }

  follow(recipe: Recipe): void {
    this.recipe = recipe;
    this.changed = undefined;
    this.arms = armsOf(recipe);
  }
}
