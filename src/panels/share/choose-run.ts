import { openFile } from '../../store/files/run-files.ts';

/** Asks for a bundle or a JSON file of runs, and opens it. */
export function chooseRun(): void {
  const input = document.createElement('input');
  input.type = 'file';
  input.accept = '.zip,.json,application/zip,application/json';
  input.addEventListener('change', () => {
    const [file] = input.files ?? [];
    if (file !== undefined) void openFile(file);
  });
  input.click();
}
