/** Asks for files by the browser's own dialog. */
export function chooseFiles(
  { accept, multiple = false }: { accept: string; multiple?: boolean },
  onTake: (files: File[]) => void,
): void {
  const input = document.createElement('input');
  input.type = 'file';
  input.accept = accept;
  input.multiple = multiple;
  input.addEventListener('change', () => onTake([...(input.files ?? [])]));
  input.click();
}
