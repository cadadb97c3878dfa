import { withField } from './arms.ts';
import { defaultRecipe, parseRecipe, type Recipe, type RecipeIssue } from './schema.ts';

/** A recipe as the part of an address behind “#”: only what differs from the defaults, readable: `pair=nano&stages.align.steps=20`. */
export function recipeToLink(recipe: Recipe): string {
  const parameters = new URLSearchParams();
  for (const [path, value] of differences(recipe, defaultRecipe))
    parameters.set(path, typeof value === 'string' ? value : JSON.stringify(value));
  return parameters.toString();
}

/**
 * The reverse of `recipeToLink`; what the link does not name has its default. A link names the recipe's version only where that is not 1, so
 * whoever changes a default or the meaning of a field gives the recipe another version, writes it into links, and keeps the old defaults here.
 */
export function recipeFromLink(
  link: string,
): { ok: true; recipe: Recipe } | { ok: false; issues: RecipeIssue[] } {
  const known = new Map(leaves(defaultRecipe));
  let draft: unknown = defaultRecipe;
  const issues: RecipeIssue[] = [];
  const version = Number(new URLSearchParams(link).get('version') ?? 1);
  if (version > defaultRecipe.version)
    return {
      ok: false,
      issues: [
        { path: 'version', message: 'The link was made by a newer version of this page. Reload the page.' },
      ],
    };
  for (const [path, text] of new URLSearchParams(link)) {
    if (!known.has(path)) issues.push({ path, message: `A recipe has no field “${path}”.` });
    else draft = withField(draft, path, typeof known.get(path) === 'string' ? text : fromJson(text));
  }
  if (issues.length > 0) return { ok: false, issues };
  return parseRecipe(draft);
}

/** Every field in which two recipes differ, by path, with the value of the first. */
export function differences(recipe: Recipe, base: Recipe): [string, unknown][] {
  const before = new Map(leaves(base));
  return leaves(recipe).filter(([path, value]) => JSON.stringify(value) !== JSON.stringify(before.get(path)));
}

/** Every field by its path; lists are fields. */
function leaves(value: object, prefix = ''): [string, unknown][] {
  return Object.entries(value).flatMap(([key, inner]): [string, unknown][] =>
    typeof inner === 'object' && inner !== null && !Array.isArray(inner)
      ? leaves(inner as object, `${prefix}${key}.`)
      : [[prefix + key, inner]],
  );
}

/** What is no JSON stays text: the schema says what is wrong with it. */
function fromJson(text: string): unknown {
  try {
    return JSON.parse(text) as unknown;
  } catch {
    return text;
  }
}
