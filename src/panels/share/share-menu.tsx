import { ActionIcon, Menu } from '@mantine/core';
import { Check, Download, FolderOpen, Link, Play, Share2 } from 'lucide-react';
import { useEffect } from 'react';
import { copyLink } from '../../store/address/link.ts';
import { openFile, saveRun } from '../../store/files/run-files.ts';
import { playRecorded } from '../../store/run/open-run.ts';
import { isActive } from '../../store/slices/run-slice.ts';
import { useStore } from '../../store/store.ts';
import { chooseRun } from './choose-run.ts';
import { isRunFile } from './run-file.ts';

/** Takes what is on the screen elsewhere, and brings it back: the recipe as a link, a run as a file. */
export default function ShareMenu() {
  const copied = useStore((state) => state.linkCopied?.outcome);
  const replayed = useStore((state) =>
    state.replay?.kind === 'earlier' ? state.replay.record.id : undefined,
  );
  const newest = useStore((state) => (state.run.phase === 'idle' ? undefined : state.runs?.[0]?.id));
  const active = useStore((state) => isActive(state.run.phase));
  const id = replayed ?? newest;
  useDrop();
  return (
    <Menu position="bottom-end" withinPortal>
      <Menu.Target>
        <ActionIcon variant="subtle" color="gray" aria-label="Share and save" title="Share and save">
          <Share2 size={18} />
        </ActionIcon>
      </Menu.Target>
      <Menu.Dropdown aria-label="Share and save">
        <Menu.Item
          closeMenuOnClick={false}
          leftSection={copied === 'copied' ? <Check size={14} /> : <Link size={14} />}
          onClick={() => void copyLink()}
        >
          {copied === 'copied'
            ? 'Copied'
            : copied === 'refused'
              ? 'Copy it from the address bar'
              : 'Copy a link to this recipe'}
        </Menu.Item>
        <Menu.Item
          leftSection={<Download size={14} />}
          disabled={id === undefined}
          onClick={() => id !== undefined && void saveRun(id)}
        >
          {id === undefined ? 'Save the run (there is none yet)' : 'Save the run as a file'}
        </Menu.Item>
        <Menu.Item leftSection={<FolderOpen size={14} />} disabled={active} onClick={chooseRun}>
          Open a run from a file
        </Menu.Item>
        <Menu.Item leftSection={<Play size={14} />} disabled={active} onClick={() => void playRecorded()}>
          Play a recorded run
        </Menu.Item>
      </Menu.Dropdown>
    </Menu>
  );
}

/** A run dropped anywhere on the page is opened; other files are left to others. */
function useDrop(): void {
  useEffect(() => {
    const over = (event: DragEvent) => {
      if (event.dataTransfer?.types.includes('Files')) event.preventDefault();
    };
    const drop = (event: DragEvent) => {
      if (event.defaultPrevented || !event.dataTransfer?.types.includes('Files')) return;
      // A browser would leave the page for the file.
      event.preventDefault();
      const file = [...event.dataTransfer.files].find(isRunFile);
      if (file !== undefined) void openFile(file);
    };
    window.addEventListener('dragover', over);
    window.addEventListener('drop', drop);
    return () => {
      window.removeEventListener('dragover', over);
      window.removeEventListener('drop', drop);
    };
  }, []);
}
