import { ActionIcon, Code, Menu } from '@mantine/core';
import {
  Check,
  ClipboardList,
  Download,
  Eye,
  EyeOff,
  FolderOpen,
  ImageDown,
  Link,
  Play,
  QrCode,
  Quote,
  Server,
  Share2,
  Users,
} from 'lucide-react';
import { useEffect } from 'react';
import { copyLink } from '../../store/address/link.ts';
import { copyBlindLink } from '../../store/address/room-link.ts';
import { copyResult } from '../../store/files/class-table.ts';
import { hasResult, openFile, runToSave, saveRun } from '../../store/files/run-files.ts';
import { saveForTorch, torchCommand } from '../../store/files/torch-file.ts';
import { playRecorded } from '../../store/run/open-run.ts';
import { isActive } from '../../store/slices/run-slice.ts';
import { useStore } from '../../store/store.ts';
import { chooseRun } from './choose-run.ts';
import { isRunFile } from './run-file.ts';

/** Takes what is on the screen elsewhere, and brings it back: the recipe as a link, a run as a file. */
export default function ShareMenu() {
  const copied = useStore(({ copied: last }) => (last?.what === 'link' ? last.outcome : undefined));
  const id = useStore(runToSave);
  const pair = useStore(
    (state) => (state.runs?.find((run) => run.id === id)?.recipe ?? state.parsed)?.pair ?? state.draft.pair,
  );
  const active = useStore((state) => isActive(state.run.phase));
  const shown = useStore((state) => state.run.arms.length > 0);
  const result = useStore(hasResult);
  const blind = useStore((state) => state.draft.blind === true);
  const setSharing = useStore((state) => state.setSharing);
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
        {blind ? (
          <Menu.Item leftSection={<Eye size={14} />} onClick={() => setSharing('reveal')}>
            Reveal what is to be guessed
          </Menu.Item>
        ) : (
          <Menu.Item leftSection={<EyeOff size={14} />} onClick={() => void copyBlindLink()}>
            Copy a link that lets a class guess it
          </Menu.Item>
        )}
        <Menu.Item leftSection={<QrCode size={14} />} onClick={() => setSharing('qr')}>
          Show as QR code
        </Menu.Item>
        <Menu.Item
          leftSection={<Download size={14} />}
          disabled={id === undefined}
          onClick={() => id !== undefined && void saveRun(id)}
        >
          {id === undefined ? 'Save the run (there is none yet)' : 'Save the run as a file'}
        </Menu.Item>
        <Menu.Item leftSection={<Server size={14} />} onClick={() => void saveForTorch()}>
          {id === undefined ? 'Save this recipe for PyTorch' : 'Save the run for PyTorch'}
          <Code display="block">{torchCommand(pair)}</Code>
        </Menu.Item>
        <Menu.Item leftSection={<ImageDown size={14} />} disabled={!shown} onClick={() => setSharing('card')}>
          Card of this run
        </Menu.Item>
        <Menu.Item
          leftSection={<ClipboardList size={14} />}
          disabled={!result}
          onClick={() => void copyResult()}
        >
          Copy my result
        </Menu.Item>
        <Menu.Item leftSection={<Users size={14} />} onClick={() => setSharing('class')}>
          Class table
        </Menu.Item>
        <Menu.Item leftSection={<FolderOpen size={14} />} disabled={active} onClick={chooseRun}>
          Open a run from a file
        </Menu.Item>
        <Menu.Item leftSection={<Play size={14} />} disabled={active} onClick={() => void playRecorded()}>
          Play a recorded run
        </Menu.Item>
        <Menu.Item leftSection={<Quote size={14} />} onClick={() => setSharing('cite')}>
          Cite the method
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
