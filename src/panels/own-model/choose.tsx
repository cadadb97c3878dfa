import { Button, FileButton } from '@mantine/core';
import { useRef } from 'react';
import type { Chosen } from '../../store/slices/pair-slice.ts';
import type { OwnFile } from '../../worker/protocol.ts';
import { droppedEntries, droppedFolder } from './dropped-entries.ts';
import { chosenFiles, filesOf } from './dropped-files.ts';
import classes from './own-model.module.css';
import { folderPicker } from './pick-folder.ts';

/** A place to drop a folder or a zip on, or several files, and buttons to choose them. */
export function Choose(props: {
  /** Whose folder it is, for whoever does not see the page. */
  folderLabel: string;
  /** What may be chosen file by file, where that may be anything but one zip. */
  several?: string;
  onTake: (chosen: Chosen) => void;
}) {
  const { folderLabel, several, onTake } = props;
  const folder = useRef<HTMLInputElement>(null);
  const take = (files: OwnFile[]) => files.length > 0 && onTake(files);
  const choose = async () => {
    const pick = folderPicker();
    if (pick === undefined) return folder.current?.click();
    try {
      onTake(await pick({ mode: 'read' }));
    } catch (error) {
      // Frames of another origin may not use that dialog. One that was closed chooses nothing.
      if (!(error instanceof DOMException && error.name === 'AbortError')) folder.current?.click();
    }
  };
  return (
    <div
      className={classes.drop}
      onDragOver={(event) => event.preventDefault()}
      onDrop={(event) => {
        event.preventDefault();
        const entries = droppedEntries(event);
        void droppedFolder(event).then(async (handle) =>
          handle === undefined ? take(await filesOf(entries)) : onTake(handle),
        );
      }}
    >
      <span>Drop the folder{several !== undefined && ', a zip or the files'} here</span>
      <Button size="xs" onClick={() => void choose()}>
        Choose a folder
      </Button>
      <input
        ref={folder}
        type="file"
        hidden
        aria-label={folderLabel}
        onChange={(event) => {
          take(chosenFiles(event.currentTarget.files));
          event.currentTarget.value = '';
        }}
        {...{ webkitdirectory: '' }}
      />
      <FileButton
        multiple={several !== undefined}
        accept={several ?? '.zip'}
        onChange={(found: File | File[] | null) => {
          const files = found === null ? [] : Array.isArray(found) ? found : [found];
          take(files.map((file) => ({ path: file.name, file })));
        }}
      >
        {(props) => (
          <Button size="xs" variant="default" {...props}>
            {several === undefined ? 'Choose a zip' : 'Choose a zip or files'}
          </Button>
        )}
      </FileButton>
    </div>
  );
}
