import { Button, Textarea } from '@mantine/core';
import { useState, type DragEvent } from 'react';
import { presets } from '../../engine/recipe/presets.ts';
import { addFiles, addLines, addShown, exportClass } from '../../store/files/class-table.ts';
import { hasResult } from '../../store/files/run-files.ts';
import { useStore } from '../../store/store.ts';
import { chooseFiles } from '../lib/choose-files.ts';
import { counted } from '../lib/counted.ts';
import { formatPercent, shortAdapter } from '../lib/format.ts';
import { presetNotes } from '../recipe/preset-notes.ts';
import { Explained } from '../terms/explained.tsx';
import { ClassPlot } from './class-plot.tsx';
import classes from './class.module.css';
import { groupsOf, type ClassGroup } from './groups.ts';

/** Results of a class: one plot and one table for every recipe that was run. */
export default function ClassTable() {
  const entries = useStore((state) => state.classEntries);
  const faults = useStore((state) => state.classFaults);
  const own = useStore(hasResult);
  const [text, setText] = useState('');
  const drop = (event: DragEvent) => {
    event.preventDefault();
    void addFiles([...event.dataTransfer.files]);
  };
  return (
    <div className={classes.class} onDrop={drop} onDragOver={(event) => event.preventDefault()}>
      <Textarea
        label="Results, one a line"
        description="On each laptop: share menu, “Copy my result”. A name may stand before it, as in “Anna: {…}”. Saved runs can be dropped here."
        placeholder="Paste here"
        autosize
        minRows={2}
        maxRows={4}
        value={text}
        onChange={(event) => setText(event.currentTarget.value)}
      />
      <div className={classes.buttons}>
        <Button
          size="xs"
          disabled={text.trim() === ''}
          onClick={() => {
            addLines(text);
            setText('');
          }}
        >
          Add to the table
        </Button>
        <Button size="xs" variant="default" onClick={chooseResults}>
          Choose files
        </Button>
        {own && (
          <Button size="xs" variant="default" onClick={() => void addShown()}>
            Add the run on this page
          </Button>
        )}
        {entries.length > 0 && (
          <>
            <Button size="xs" variant="default" onClick={exportClass}>
              Export as CSV
            </Button>
            <Button
              size="xs"
              variant="default"
              onClick={() => useStore.setState({ classEntries: [], classFaults: [] })}
            >
              Empty the table
            </Button>
          </>
        )}
      </div>
      <div role="status" className={classes.faults}>
        {faults.map((fault) => (
          <p key={fault}>{fault}</p>
        ))}
      </div>
      {groupsOf(entries).map((group) => (
        <Group key={group.key} group={group} />
      ))}
    </div>
  );
}

function Group({ group }: { group: ClassGroup }) {
  const { key, name, pair, questions, entries, rows, says } = group;
  const id = `class-${key}`;
  const count = counted(entries.length, 'laptop');
  const preset = presets.find(({ label }) => label === name);
  const why = preset && presetNotes[preset.key];
  return (
    <section aria-labelledby={id}>
      <h3 id={id}>{name}</h3>
      <p className={classes.about}>
        Pair {pair}, {count}, <Explained text="exact match" /> on {questions} questions; bands: 95 % of
        resampled laptops. {why !== undefined && <Explained text={why} />}
      </p>
      <ClassPlot group={group} />
      <ul className={classes.says}>
        {says.map((sentence) => (
          <li key={sentence}>{sentence}</li>
        ))}
      </ul>
      <div className={classes.scroll} tabIndex={0} role="group" aria-label={`Laptops that ran ${name}`}>
        <table className={classes.table}>
          <thead>
            <tr>
              <th scope="col">laptop</th>
              <th scope="col">adapter</th>
              <th scope="col">seed</th>
              <th scope="col">steps</th>
              {rows.map(({ key: who, label }) => (
                <th key={who} scope="col">
                  {label}
                </th>
              ))}
            </tr>
          </thead>
          <tbody>
            {entries.map((entry, i) => (
              <tr key={entry.result.id}>
                <th scope="row">{entry.who ?? `laptop ${i + 1}`}</th>
                <td>{shortAdapter(entry.result.adapter)}</td>
                <td>{entry.result.seed}</td>
                <td>
                  {entry.result.steps}
                  {entry.result.changed === true && ', changed by hand'}
                </td>
                {rows.map(({ key: who, values }) => {
                  const value = values[i];
                  return <td key={who}>{value === undefined ? '–' : formatPercent(value)}</td>;
                })}
              </tr>
            ))}
          </tbody>
        </table>
      </div>
    </section>
  );
}

function chooseResults(): void {
  chooseFiles(
    { accept: '.zip,.json,.txt,application/zip,application/json,text/plain', multiple: true },
    (files) => void addFiles(files),
  );
}
