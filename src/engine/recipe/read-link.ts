import { closest, distance } from 'fastest-levenshtein';
import { withBlind, withField } from './arms.ts';
import { isField, numberKind } from './field-schema.ts';
import { leaves } from './link.ts';
import { presets, recipeOf, type Preset } from './presets.ts';
import { defaultRecipe, fieldDefaults, parseRecipe, type RecipeIssue } from './schema.ts';
import type { Recipe } from './recipe.ts';
import { readHidden } from './text/hidden-text.ts';
import { readNumber } from './text/typed-number.ts';

/**
 * The reverse of `recipeToLink`; what the link does not name is as in its preset, or has this page's default: a link says what to try, a run's file what was done. A
 * link may have come through mail and messengers, which add to it: what is understood is taken, and `refused` names the rest. It names the
 * recipe's version only where that is not 1, so whoever changes the meaning of a field gives the recipe another version and writes it into links.
 */
export function recipeFromLink(link: string): { recipe: Recipe; refused: RecipeIssue[] } {
  const parts = partsOf(link);
  if (parts.some(([path, text]) => path === 'version' && Number(text) > defaultRecipe.version))
    return {
      recipe: defaultRecipe,
      refused: [
        { path: 'version', message: 'The link was made by a newer version of this page. Reload the page.' },
      ],
    };
  const known = new Map(leaves(fieldDefaults));
  const fields = new Map<string, unknown>();
  const refused: RecipeIssue[] = [];
  let base = defaultRecipe;
  for (const [path, text] of parts)
    if (path === 'preset') {
      const preset = presetCalled(text);
      if (preset !== undefined) base = recipeOf(preset);
      else
        refused.push({
          path,
          message: `There is no preset “${text}”.${suggestion(
            text,
            presets.map(({ key }) => key),
          )}`,
        });
    } else if (path === 'blind') {
      const hidden = readHidden(text);
      if (hidden === undefined)
        refused.push({ path, message: 'The hidden recipe cannot be read: the link was cut or changed.' });
      else {
        const read = recipeFromLink(hidden);
        base = withBlind(read.recipe, true);
        refused.push(...read.refused);
      }
    } else if (isField(path)) fields.set(path, valueOf(path, text, known.get(path)));
    else refused.push({ path, message: `A recipe has no field “${path}”.${suggestion(path, known.keys())}` });
  const taken = takeable(fields, base);
  return { recipe: taken.recipe, refused: [...refused, ...taken.refused] };
}

/** A preset by its key, or, as people type it, by a beginning that no other one has. */
function presetCalled(name: string): Preset | undefined {
  const begun = presets.filter(({ key }) => name !== '' && key.startsWith(name));
  return begun.find(({ key }) => key === name) ?? (begun.length === 1 ? begun[0] : undefined);
}

/** Characters without a width, which travel with copied text. */
const invisible = /\p{Cf}/gu;
/** What stands behind a link in a sentence. */
const punctuation = /[\s.,;:!?)>"'»”’]+$/u;

/** Names and values in a link, without what mail, messengers and sentences do to one. */
function partsOf(link: string): [string, string][] {
  const text = link.includes('=') ? link : decoded(link);
  const parts = [
    ...new URLSearchParams(text.replaceAll(/&amp(?:;|%3B)/gi, '&').replace(/^[#?&\s]+/, '')),
  ].map(([path, value]): [string, string] => [
    path.replaceAll(invisible, '').trim(),
    value.replaceAll(invisible, '').trim(),
  ]);
  const last = parts.at(-1);
  if (last !== undefined)
    last[last[1] === '' ? 0 : 1] = last[last[1] === '' ? 0 : 1].replace(punctuation, '');
  return parts.filter(([path, value]) => path !== '' || value !== '');
}

/** A link that was encoded as a whole has no “=” left. */
function decoded(link: string): string {
  try {
    return decodeURIComponent(link);
  } catch {
    return link;
  }
}

/** What is no value of the field's kind stays text: the schema says what is wrong with it. */
function valueOf(path: string, text: string, initial: unknown): unknown {
  if (typeof initial === 'string') return text;
  const kind = numberKind(path);
  if (kind !== undefined) {
    const read = readNumber(text, kind);
    return read.ok ? read.value : text;
  }
  try {
    return JSON.parse(text) as unknown;
  } catch {
    return text;
  }
}

/** The recipe with as many of these fields as fit into one. */
function takeable(
  fields: ReadonlyMap<string, unknown>,
  base: Recipe,
): { recipe: Recipe; refused: RecipeIssue[] } {
  const withFields = (some: Iterable<[string, unknown]>) =>
    parseRecipe([...some].reduce<unknown>((recipe, [path, value]) => withField(recipe, path, value), base));
  const all = withFields(fields);
  if (all.ok) return { recipe: all.recipe, refused: [] };
  const taken = new Map<string, unknown>();
  let recipe = base;
  let refused: RecipeIssue[] = [];
  // A field may fit only beside another: as long as one more was taken, the others are tried again.
  for (let before = -1; before < taken.size;) {
    before = taken.size;
    refused = [];
    for (const [path, value] of fields) {
      if (taken.has(path)) continue;
      const result = withFields([...taken, [path, value]]);
      if (result.ok) {
        taken.set(path, value);
        recipe = result.recipe;
      } else {
        const { path: part, message } = result.issues[0]!;
        refused.push({ path: part.startsWith(`${path}.`) ? part : path, message });
      }
    }
  }
  return { recipe, refused };
}

/** “ Did you mean …?” where a name is only mistyped. */
export function suggestion(name: string, known: Iterable<string>): string {
  const nearest = closest(name, [...known]);
  return distance(name, nearest) <= Math.max(1, name.length / 4) ? ` Did you mean “${nearest}”?` : '';
}
