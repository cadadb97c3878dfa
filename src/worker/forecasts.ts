import { Rehearsal, type Forecast } from '../engine/experiment/rehearsal.ts';
import type { Recipe } from '../engine/recipe/recipe.ts';
import type { TrainSession } from '../engine/session.ts';
import { measureSpeed, type Speed } from '../engine/wgsl/tune/speed.ts';

/** What recipes will take on the device, which is measured for about a second before the first. */
export class Forecasts {
  private speed: Speed | undefined;
  /** Of the recipe that a person looks at. */
  private looked: Rehearsal | undefined;

  /** @param busy whether a run goes on: it compiles its kernels by itself. */
  constructor(private readonly busy: () => boolean) {}

  /** Of a recipe that somebody only thinks of. */
  async foresee(session: TrainSession, recipe: Recipe): Promise<Forecast> {
    return (await this.rehearsed(session, recipe)).forecast;
  }

  /** Of the recipe that a person looks at: its kernels compile from then on, until a run or another recipe comes. */
  async look(session: TrainSession, recipe: Recipe, onCompiled: (done: number) => void): Promise<Forecast> {
    const { rehearsal, forecast } = await this.rehearsed(session, recipe);
    this.looked = rehearsal;
    // Nobody waits for it.
    void rehearsal
      .compile((done) => {
        if (this.looked !== rehearsal || this.busy()) return false;
        onCompiled(done);
        return true;
      })
      .catch(() => undefined);
    return forecast;
  }

  /** Ends what compiles: another pair is loaded. */
  forget(): void {
    this.looked = undefined;
  }

  private async rehearsed(session: TrainSession, recipe: Recipe) {
    const { gpu, report } = session.device;
    this.speed ??= await measureSpeed(gpu, report.variant);
    const rehearsal = new Rehearsal(session, recipe);
    return { rehearsal, forecast: rehearsal.forecast(this.speed) };
  }
}
