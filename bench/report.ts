import { execFileSync } from 'node:child_process';
import { mkdirSync, writeFileSync } from 'node:fs';
import path from 'node:path';

/** Prints what a bench found under its command, commit and day, and writes it to a file where one is named. */
export function report(command: string, found: object, file: string | undefined): void {
  const result = {
    command,
    commit: commit(),
    date: new Date().toISOString().slice(0, 10),
    ...found,
  };
  const text = JSON.stringify(result, null, 1);
  console.log(text);
  if (file === undefined) return;
  mkdirSync(path.dirname(file), { recursive: true });
  writeFileSync(file, `${text}\n`);
}

/** The commit that is measured; `GENRECAL_COMMIT` names it where the files lie without their repository. */
export function commit(): string {
  return (
    process.env.GENRECAL_COMMIT ?? execFileSync('git', ['rev-parse', 'HEAD'], { encoding: 'utf8' }).trim()
  );
}
