import { readFileSync, writeFileSync } from 'node:fs';
import { format, resolveConfig } from 'prettier';
import { documents, withTables } from './study/tables.ts';

/** Writes the tables of all documents anew from the files of `results/`. */
for (const document of documents) {
  const options = { ...(await resolveConfig(document)), filepath: document };
  writeFileSync(document, await format(withTables(readFileSync(document, 'utf8')), options));
}
