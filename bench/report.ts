import { execFileSync } from 'node:child_process';
import { writeFileSync } from 'node:fs';

/** Prints what a bench found under its command, commit and day, and writes it to a file where one is named. */
export function report(command: string, found: object, file: string | undefined): void {
  const result = {
    command,
    commit: execFileSync('git', ['rev-parse', 'HEAD'], { encoding: 'utf8' }).trim(),
    date: new Date().toISOString().slice(0, 10),
    ...found,
  };
  const text = JSON.stringify(result, null, 1);
  console.log(text);
  if (file !== undefined) writeFileSync(file, `${text}\n`);
}
