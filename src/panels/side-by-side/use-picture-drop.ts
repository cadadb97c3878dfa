import { useEffect, useRef, useState } from 'react';

/** Takes pictures that are pasted or dropped anywhere on the page. @returns whether a file hangs over it. */
export function usePictureDrop(onFile: (file: Blob) => void): boolean {
  const [over, setOver] = useState(false);
  const latest = useRef(onFile);
  useEffect(() => {
    latest.current = onFile;
  });
  useEffect(() => {
    const abort = new AbortController();
    const { signal } = abort;
    const take = (files: FileList | undefined) => {
      const file = files?.[0];
      if (file !== undefined) latest.current(file);
    };
    window.addEventListener('paste', (event) => take(event.clipboardData?.files), { signal });
    window.addEventListener(
      'dragover',
      (event) => {
        if (event.dataTransfer?.types.includes('Files') !== true) return;
        // Otherwise the browser would leave the page for the file.
        event.preventDefault();
        setOver(true);
      },
      { signal },
    );
    window.addEventListener(
      'dragleave',
      (event) => {
        if (event.relatedTarget === null) setOver(false);
      },
      { signal },
    );
    window.addEventListener(
      'drop',
      (event) => {
        setOver(false);
        if (event.dataTransfer?.types.includes('Files') !== true) return;
        event.preventDefault();
        take(event.dataTransfer.files);
      },
      { signal },
    );
    return () => abort.abort();
  }, []);
  return over;
}
