import { ActionIcon, Menu } from '@mantine/core';
import { Download, Eye, FileInput, MoreHorizontal, Pencil, Play, Trash2 } from 'lucide-react';
import { useState } from 'react';
import { saveRun } from '../../store/files/run-files.ts';
import { deleteRun } from '../../store/kept/deletion.ts';
import { stepToGoOn } from '../../store/kept/save-points.ts';
import { goOnWith } from '../../store/run/go-on.ts';
import { openRun } from '../../store/run/open-run.ts';
import type { RunRow } from '../../store/slices/runs-slice.ts';
import { useStore } from '../../store/store.ts';
import { useEver } from '../lib/use-ever.ts';
import { DescribeDialog } from './describe-dialog.tsx';
import { loadRecipe } from './load-recipe.ts';

/** What can be done with one run. */
export function RunActions({ row, active, trains }: { row: RunRow; active: boolean; trains: boolean }) {
  const { id, name } = row;
  const step = useStore((state) => stepToGoOn(id, state));
  const ready = useStore((state) => state.device.status === 'ready');
  const [describing, setDescribing] = useState(false);
  const ever = useEver(describing);
  return (
    <>
      <ActionIcon
        size="sm"
        variant="subtle"
        aria-label={`Open ${name}`}
        title="Show it in the panels"
        disabled={active}
        onClick={() => void openRun(id)}
      >
        <Eye size={15} />
      </ActionIcon>
      <Menu position="bottom-end" withinPortal>
        <Menu.Target>
          <ActionIcon size="sm" variant="subtle" color="gray" aria-label={`More for ${name}`}>
            <MoreHorizontal size={15} />
          </ActionIcon>
        </Menu.Target>
        <Menu.Dropdown aria-label={`More for ${name}`}>
          {step !== undefined && !active && (
            <Menu.Item leftSection={<Play size={14} />} disabled={!ready} onClick={() => void goOnWith(id)}>
              {step === 0 ? 'Begin again' : `Go on from step ${step}`}
            </Menu.Item>
          )}
          <Menu.Item leftSection={<Pencil size={14} />} onClick={() => setDescribing(true)}>
            Name and note
          </Menu.Item>
          <Menu.Item
            leftSection={<FileInput size={14} />}
            disabled={active}
            onClick={() => loadRecipe(row.recipe)}
          >
            Load this recipe
          </Menu.Item>
          <Menu.Item leftSection={<Download size={14} />} onClick={() => void saveRun(id)}>
            Save as a file
          </Menu.Item>
          <Menu.Item
            leftSection={<Trash2 size={14} />}
            color="red"
            disabled={trains}
            onClick={() => deleteRun(id)}
          >
            Delete
          </Menu.Item>
        </Menu.Dropdown>
      </Menu>
      {ever && <DescribeDialog row={row} opened={describing} onClose={() => setDescribing(false)} />}
    </>
  );
}
