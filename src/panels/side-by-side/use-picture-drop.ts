import { useEffect, useRef, useState } from 'react';
import { isRunFile } from '../share/run-file.ts';

/** Takes pictures that are pasted or dropped anywhere on the page; runs are left to others. @returns whether a file hangs over it. */
export function usePictureDrop(onFile: (file: Blob) => void): boolean {
  const [over, setOver] = useState(false);
  const latest = useRef(onFile);
  useEffect(() => {
    latest.current = onFile;
  });
  useEffect(() => {
    const abort = new AbortController();
    const { signal } = abort;
    /** Takes a picture there is among the files; whether there is one. */
    const take = (files: FileList | undefined): boolean => {
      const file = [...(files ?? [])].find((one) => !isRunFile(one));
      if (file !== undefined) latest.current(file);
      return file !== undefined;
    };
    window.addEventListener('paste', (event) => void take(event.clipboardData?.files), { signal });
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
        // Somebody else may have taken it already.
        if (!event.defaultPrevented && take(event.dataTransfer?.files)) event.preventDefault();
      },
      { signal },
    );
    return () => abort.abort();
  }, []);
  return over;
}
