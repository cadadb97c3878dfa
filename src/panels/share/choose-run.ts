import { openFile } from '../../store/files/run-files.ts';
import { chooseFiles } from '../lib/choose-files.ts';

/** Asks for a bundle or a JSON file of runs, and opens it. */
export function chooseRun(): void {
  chooseFiles({ accept: '.zip,.json,application/zip,application/json' }, ([file]) => {
    if (file !== undefined) void openFile(file);
  });
}
