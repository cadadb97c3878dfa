import './fresh-store.ts';
import { beforeEach, describe, expect, it } from 'vitest';
import { armsOf, withBlind } from '../../src/engine/recipe/arms.ts';
import { recipeToLink } from '../../src/engine/recipe/link.ts';
import { needRestart } from '../../src/engine/recipe/live.ts';
import { presetOf, presets, recipeOf } from '../../src/engine/recipe/presets.ts';
import { recipeFromLink } from '../../src/engine/recipe/read-link.ts';
import { runName } from '../../src/engine/recipe/run-name.ts';
import { parseRecipe } from '../../src/engine/recipe/schema.ts';
import { hide, readHidden } from '../../src/engine/recipe/text/hidden-text.ts';
import { foldEvents } from '../../src/store/run/apply-event.ts';
import { reveal } from '../../src/store/address/reveal.ts';
import { classResult } from '../../src/store/files/class-result.ts';
import { asRevealed } from '../../src/store/files/revealed-record.ts';
import { useStore } from '../../src/store/store.ts';
import { liveEvents, recipe, recorded } from './run-fixtures.ts';

const bad = presets.filter(({ badOnPurpose }) => badOnPurpose);

describe('a recipe that a class is to guess', () => {
  it('comes through a link that says nothing, and takes further fields', () => {
    for (const preset of presets) {
      const meant = withBlind(recipeOf(preset), true);
      const link = recipeToLink(meant);
      expect(link).toMatch(/^blind=1[\w-]*$/);
      expect(recipeFromLink(link), preset.key).toEqual({ recipe: meant, refused: [] });
      expect(recipeFromLink(`${link}&seed=9`).recipe).toEqual({ ...meant, seed: 9 });
      expect(parseRecipe(meant)).toEqual({ ok: true, recipe: meant });
      expect(presetOf(meant)).toBeUndefined();
    }
  });

  it('is refused where the link was cut or changed', () => {
    const link = recipeToLink(withBlind(recipeOf(bad[0]!), true));
    for (const wrong of [link.slice(0, -2), link.replace('=1', '=2'), `${link}A`, 'blind=', 'blind=1***'])
      expect(recipeFromLink(wrong)).toMatchObject({
        recipe: { seed: 1 },
        refused: [{ path: 'blind', message: expect.stringMatching(/cut or changed/) as string }],
      });
    expect(readHidden(hide('α=β&ü'))).toBe('α=β&ü');
  });

  it('has no name and no arm that would tell, and trains the same', () => {
    for (const preset of bad) {
      const open = recipeOf(preset);
      const blind = withBlind(open, true);
      expect(runName(blind)).toEqual({ short: 'mini · blind · seed 1', whole: 'mini · blind · seed 1' });
      const labels = armsOf(blind).map(({ label }) => label);
      expect(labels).toEqual(['GenRecal', ...open.arms.map((_, i) => `Comparison ${i + 1}`)]);
      expect(armsOf(blind).map((arm) => withBlind(arm.recipe, false))).toEqual(
        armsOf(open).map((arm) => arm.recipe),
      );
      expect(needRestart(blind, open)).toEqual([]);
    }
  });
});

describe('revealing', () => {
  const blind = withBlind(recipe(), true);
  const named = (label: string) => [{ label: 'GenRecal' }, { label }];
  const hidden = <T extends { key: string; label: string }>(arms: T[]) =>
    arms.map((arm) => (arm.key === 'sft' ? { ...arm, label: 'Comparison 1' } : arm));
  const told = () =>
    recorded(liveEvents(blind), 'blind').events.map(({ at, event }) => {
      if (event.type === 'start') return { at, event: { ...event, arms: hidden(event.arms) } };
      if (event.type === 'done')
        return { at, event: { ...event, final: { ...event.final, arms: hidden(event.final.arms) } } };
      return { at, event };
    });
  beforeEach(() => useStore.setState(useStore.getInitialState(), true));

  it('lasts when the run is told again, and is no change of it', () => {
    useStore.setState({ draft: recipe() });
    const { run } = foldEvents(useStore.getState(), told());
    expect(run.recipe).toEqual(recipe());
    expect(run.arms).toMatchObject(named('SFT control'));
    const again = foldEvents({ ...useStore.getState(), run: { ...run, recipe: blind } }, [
      { at: 0, event: { type: 'recipe', step: 3, recipe: recipe() } },
    ]);
    expect(again.run).toMatchObject({ recipe: recipe(), changes: [] });
    useStore.setState({ draft: blind });
    expect(foldEvents(useStore.getState(), told()).run).toMatchObject({
      recipe: blind,
      arms: named('Comparison 1'),
    });
  });

  it('names the recipe and the students of a run that is done', () => {
    useStore.getState().takeRecipe(blind);
    useStore.setState(foldEvents(useStore.getState(), told()));
    expect(useStore.getState().run.summary!.arms).toMatchObject(named('Comparison 1'));
    reveal();
    const { draft, run } = useStore.getState();
    expect(draft).toEqual(recipe());
    expect(run.recipe).toEqual(recipe());
    expect(run.arms).toMatchObject(named('SFT control'));
    expect(run.summary!.arms).toMatchObject(named('SFT control'));
  });

  it('names what goes into the class table too, and nothing before', async () => {
    useStore.getState().takeRecipe(blind);
    useStore.setState(foldEvents(useStore.getState(), told()));
    const record = { ...recorded(liveEvents(blind), 'blind'), recipe: blind, events: told() };
    const entry = () => classResult(asRevealed(record, useStore.getState()));
    const before = await entry();
    expect(before.name).toContain('blind');
    expect(before.arms).toMatchObject(named('Comparison 1'));
    reveal();
    const after = await entry();
    expect(after.name).not.toContain('blind');
    expect(after.arms).toMatchObject(named('SFT control'));
    expect(after.recipe).toBe(before.recipe);
  });

  it('on the way names them at the end as well', () => {
    useStore.getState().takeRecipe(blind);
    const events = told();
    useStore.setState(foldEvents(useStore.getState(), events.slice(0, 8)));
    reveal();
    useStore.setState(foldEvents(useStore.getState(), events.slice(8)));
    expect(useStore.getState().run.summary!.arms).toMatchObject(named('SFT control'));
  });
});
