import { beforeEach, describe, expect, it } from 'vitest';
import { sameRecipe } from '../../src/engine/recipe/same-recipe.ts';
import { presets } from '../../src/engine/recipe/presets.ts';
import { defaultRecipe, parseRecipe } from '../../src/engine/recipe/schema.ts';
import { useStore } from '../../src/store/store.ts';

const state = () => useStore.getState();

beforeEach(() => useStore.setState(useStore.getInitialState(), true));

describe('the draft', () => {
  it('is parsed when it changes, and there is nothing to run while a field cannot be used', () => {
    expect(state().parsed).toEqual(state().draft);
    state().setField('seed', 'x');
    expect(state().parsed).toBeUndefined();
    expect(state().issues).toHaveLength(1);
    state().setField('seed', 4);
    expect(state()).toMatchObject({ parsed: { seed: 4 }, issues: [] });
    for (const { key } of presets) {
      state().applyPreset(key);
      expect(parseRecipe(state().draft)).toEqual({ ok: true, recipe: state().parsed });
    }
  });

  it('takes a preset with the pair that is there, unless the preset is about a pair', () => {
    state().takeRecipe({ ...structuredClone(defaultRecipe), pair: 'nano' });
    state().applyPreset('too-fast');
    expect(state()).toMatchObject({ preset: 'too-fast', draft: { pair: 'nano' } });
    state().takeRecipe(structuredClone(state().draft));
    expect(state().preset).toBe('too-fast');
    state().applyPreset('strong-teacher');
    expect(state().draft.pair).toBe('nano-strong-teacher');
    state().applyPreset('default');
    expect(state().draft.pair).toBe('mini');
  });

  it('has a link, but no run, without any step', () => {
    for (const stage of ['align', 'distil', 'finetune']) state().setField(`stages.${stage}.steps`, 0);
    expect(state().parsed).toEqual(state().draft);
    expect(state().issues).toHaveLength(1);
  });

  it('is the preset that says the same, however it came', () => {
    state().applyPreset('nano-quick');
    const { draft } = state();
    state().takeRecipe(structuredClone(defaultRecipe));
    expect(state().preset).toBe('default');
    state().takeRecipe(structuredClone(draft));
    expect(state().preset).toBe('nano-quick');
    expect(sameRecipe(state().draft, draft)).toBe(true);
    expect(sameRecipe(state().draft, defaultRecipe)).toBe(false);
  });
});
