import { createRequire } from 'node:module';
import type { StyleRole } from '../../src/engine/data/emoji/manifest.ts';

const require = createRequire(import.meta.url);

export interface StyleSource {
  key: string;
  label: string;
  role: StyleRole;
  licence: string;
  attribution: string;
  /** Slugs lose their hyphens in this set. */
  joined?: boolean;
  /** What this set puts behind a slug, in order of preference; nothing by default. */
  suffixes?: readonly string[];
}

/** Independently drawn sets only: two cuts of one drawing would leak the held-out style. */
export const styleSources: readonly StyleSource[] = [
  {
    key: 'noto',
    label: 'Noto',
    role: 'train',
    licence: 'Apache-2.0',
    attribution: 'Noto Emoji, © Google Inc',
  },
  {
    key: 'twemoji',
    label: 'Twemoji',
    role: 'train',
    licence: 'CC-BY-4.0',
    attribution: 'Twemoji, © Twitter, Inc and other contributors',
  },
  {
    key: 'fluent-emoji-flat',
    label: 'Fluent flat',
    role: 'train',
    licence: 'MIT',
    attribution: 'Fluent Emoji, © Microsoft Corporation',
  },
  {
    key: 'emojione',
    label: 'EmojiOne 2',
    role: 'train',
    licence: 'CC-BY-4.0',
    attribution: 'EmojiOne 2.3 (EmojiTwo), © Ranks.com Inc. and contributors',
  },
  {
    key: 'fxemoji',
    label: 'Firefox OS',
    role: 'validation',
    licence: 'Apache-2.0',
    attribution: 'FxEmojis, © Mozilla Foundation',
    joined: true,
  },
  {
    key: 'noto-v1',
    label: 'Noto (blob era)',
    role: 'held-out',
    licence: 'Apache-2.0',
    attribution: 'Noto Emoji (version 1), © Google Inc',
  },
  {
    key: 'streamline-emojis',
    label: 'Streamline',
    role: 'transfer',
    licence: 'CC-BY-4.0',
    attribution: 'Streamline Emojis, © Streamline',
    suffixes: ['', '-1'],
  },
];

interface IconSet {
  icons: Record<string, { body: string; width?: number; height?: number }>;
  aliases?: Record<string, { parent: string }>;
  width?: number;
  height?: number;
}

/** One package's drawings by concept id. */
export class StyleDrawings {
  private readonly set: IconSet;
  readonly package: string;
  readonly version: string;

  constructor(readonly source: StyleSource) {
    this.package = `@iconify-json/${source.key}`;
    this.set = require(`${this.package}/icons.json`) as IconSet;
    this.version = (require(`${this.package}/package.json`) as { version: string }).version;
  }

  has(id: string): boolean {
    return this.icon(id) !== undefined;
  }

  /** The drawing as an SVG document. @throws when the set has none: ask `has` first. */
  svg(id: string): string {
    const icon = this.icon(id);
    if (icon === undefined) throw new Error(`${this.package} has no drawing of ${id}`);
    const width = icon.width ?? this.set.width ?? 16;
    const height = icon.height ?? this.set.height ?? 16;
    return `<svg xmlns="http://www.w3.org/2000/svg" xmlns:xlink="http://www.w3.org/1999/xlink" viewBox="0 0 ${width} ${height}">${icon.body}</svg>`;
  }

  private icon(id: string) {
    const slug = this.source.joined ? id.replace(/-/g, '') : id;
    for (const suffix of this.source.suffixes ?? ['']) {
      const name = slug + suffix;
      const icon = this.set.icons[name] ?? this.set.icons[this.set.aliases?.[name]?.parent ?? ''];
      if (icon !== undefined) return icon;
    }
    return undefined;
  }
}
