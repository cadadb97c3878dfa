import type { Manifest } from '../../src/engine/data/emoji/manifest.ts';

/** The data card, from the manifest alone. */
export function dataCard(manifest: Manifest): string {
  const count = (split: string) => manifest.concepts.filter((concept) => concept.split === split).length;
  const kinds = new Map<string, number>();
  for (const { kind } of manifest.concepts) kinds.set(kind, (kinds.get(kind) ?? 0) + 1);
  const rows = manifest.styles.map(
    (style) =>
      `| ${style.label} | \`${style.package}\` ${style.version} | ${style.role} | ${style.cells.filter((c) => c >= 0).length} | ${style.licence} | ${style.attribution} |`,
  );
  return `# Data card: one concept, many drawing styles

${manifest.concepts.length} everyday things, each drawn by up to ${manifest.styles.length} independent emoji designers, ${manifest.cell}×${manifest.cell} pixels on white.
Made by \`npm run data:build\` from packages of the npm registry; names and groups from \`emojibase-data\` (MIT).
Pictures are rasterised from the packages' SVGs; nothing else was changed.

| style | package | role | pictures | licence | attribution |
|---|---|---|---|---|---|
${rows.join('\n')}

Licence texts: Apache-2.0 <https://www.apache.org/licenses/LICENSE-2.0>, CC BY 4.0
<https://creativecommons.org/licenses/by/4.0/>, MIT <https://opensource.org/license/mit>.

## Splits
- **Style**: \`train\` styles may be trained on; no model was pretrained on the \`transfer\` style, which serves as pictures without true
  answers; \`validation\` is for choosing settings; \`held-out\` is only ever evaluated on.
- **Concept**: ${count('train')} concepts are trained by name; ${count('held-out-concept')} are \`held-out-concept\`: no training question shows them. They are asked for
  their kind, never for their name.
- **Composition**: about 15 % of all pairs of concepts never share a training scene.

A split belongs to the manifest, not to a run. Manifest hash: \`${manifest.hash}\`.

## Kinds
${[...kinds].map(([kind, n]) => `${kind} ${n}`).join(' · ')}

## Known limits
Questions come from metadata, so they are only as good as the emoji names. Designers copy each other's conventions, so styles are
independent drawings, not independent ideas. ${manifest.skipped.length === 0 ? 'No drawing was skipped.' : `Skipped because the rasteriser fails on them: ${manifest.skipped.map((s) => `${s.style}/${s.concept}`).join(', ')}.`}
`;
}
