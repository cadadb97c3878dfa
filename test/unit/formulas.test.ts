import { describe, expect, it } from 'vitest';
import { presets } from '../../src/engine/recipe/presets.ts';
import { presetNotes } from '../../src/panels/recipe/preset-notes.ts';
import { objectiveNotes } from '../../src/panels/recipe/objective-notes.ts';
import { objectiveKeys } from '../../src/engine/recipe/objectives.ts';
import { typeset } from '../../src/panels/formula/typeset.ts';
import { fieldGroupsFor } from '../../src/panels/recipe/fields.ts';
import { formulaLines, formulas } from '../../src/panels/recipe/formulas.ts';

const fields = fieldGroupsFor(true).flatMap((group) => group.fields);

it('every preset says what it shows, and nothing else does', () => {
  expect(Object.keys(presetNotes).sort()).toEqual(presets.map(({ key }) => key).sort());
});

describe('formulas of the recipe', () => {
  it('belong to controls of the form', () => {
    const paths = new Set(fields.map(({ path }) => path));
    expect(Object.keys(formulas).filter((path) => !paths.has(path))).toEqual([]);
  });

  it('can be typeset, and exist for every value of a control that has one for some', () => {
    for (const field of fields) {
      const values =
        field.kind === 'choice'
          ? field.options.map(({ value }) => value)
          : field.kind === 'switch'
            ? [true, false]
            : [1];
      const counts = values.map((value) => {
        const lines = formulaLines(field.path, value);
        for (const tex of lines) expect(typeset(tex, false), tex).toContain('<math');
        return lines.length;
      });
      expect(
        counts.every((count) => count > 0 === counts[0]! > 0),
        field.path,
      ).toBe(true);
    }
  });

  it('and sentences are there for every objective and every weight of a loss', () => {
    for (const key of objectiveKeys) {
      expect(typeset(objectiveNotes[key].formula, false), key).toContain('<math');
      expect(objectiveNotes[key].description).toMatch(/^[A-Z].*\.$/);
    }
    for (const { path } of fields.filter(({ path }) => path.startsWith('loss.')))
      expect(Object.keys(formulas), path).toContain(path);
  });

  it('that cannot be read are an error, not red text', () => {
    expect(() => typeset('\\frac{1', false)).toThrow(/KaTeX parse error/);
  });
});
