import { Alert, Button } from '@mantine/core';
import { TriangleAlert } from 'lucide-react';
import { useState } from 'react';
import type { SideCounts } from '../../engine/data/dataset.ts';
import type { RowNote } from '../../engine/data/own/rows.ts';
import { ownDataName } from '../../engine/own-data-key.ts';
import { takeOwnData } from '../../store/own-data/own-data.ts';
import type { OwnDataDialog } from '../../store/slices/pair-slice.ts';
import { useStore } from '../../store/store.ts';
import { formatCount } from '../lib/format.ts';
import { Remember } from '../own-model/remember.tsx';
import { Picture } from '../side-by-side/picture.tsx';
import { doubts } from './doubts.ts';
import classes from './own-data.module.css';

/** What a person's data are, before they are taken: how much of them, some of the questions, what was not taken, and what to expect. */
export function Seen({ seen, chosen, remembered }: OwnDataDialog & { step: 'seen' }) {
  const [remembering, setRemembering] = useState(false);
  const { report, samples } = seen;
  const { key, sides, bad, moved, unasked } = report;
  const pictures = sides.training.pictures > 0;
  const word = pictures ? 'pictures' : 'questions';
  return (
    <>
      <table className={classes.counts}>
        <caption>
          <strong>{ownDataName(key)}</strong>
          {unasked > 0 && `: ${formatCount(unasked)} more pictures have no question`}
        </caption>
        <thead>
          <tr>
            <th scope="col" aria-label="Part" />
            {pictures && <th scope="col">pictures</th>}
            <th scope="col">questions</th>
            <th scope="col">with an answer</th>
          </tr>
        </thead>
        <tbody>
          <Counts part="to train on" counts={sides.training} pictures={pictures} />
          <Counts part="to choose settings by" counts={sides.validation} pictures={pictures} />
          <Counts part="held out, for the verdict" counts={sides['held-out']} pictures={pictures} />
        </tbody>
      </table>
      <ul
        className={classes.samples}
        data-pictures={pictures || undefined}
        aria-label={`Some of the ${word}`}
      >
        {samples.map(({ id, pixels, question, answer }) => (
          <li key={id}>
            {pixels && <Picture pixels={pixels} label={question} className={classes.thumbnail} />}
            <span>{question}</span>
            <b>{answer ?? 'the teacher answers'}</b>
          </li>
        ))}
      </ul>
      {doubts(seen).map((doubt) => (
        <Alert key={doubt} color="yellow" variant="light" icon={<TriangleAlert size={16} />} p="xs">
          {doubt}
        </Alert>
      ))}
      <Notes title="Rows that are not taken" notes={bad} open />
      <Notes title="Rows on another side than they ask for" notes={moved} />
      {'kind' in chosen && !remembered && (
        <Remember place={chosen} checked={remembering} onChange={setRemembering} />
      )}
      <div className={classes.buttons}>
        <Button size="xs" onClick={() => void takeOwnData({ seen, chosen }, remembering)}>
          Use these {word}
        </Button>
        <Button
          size="xs"
          variant="default"
          onClick={() => useStore.setState({ ownData: { step: 'choose' } })}
        >
          Choose others
        </Button>
      </div>
    </>
  );
}

function Counts(props: { part: string; counts: SideCounts; pictures: boolean }) {
  const { part, counts, pictures } = props;
  return (
    <tr>
      <th scope="row">{part}</th>
      {pictures && <td>{formatCount(counts.pictures)}</td>}
      <td>{formatCount(counts.questions)}</td>
      <td>{formatCount(counts.answered)}</td>
    </tr>
  );
}

/** As many as somebody reads; the count says how many there are. */
const shownNotes = 200;

function Notes({ title, notes, open = false }: { title: string; notes: readonly RowNote[]; open?: boolean }) {
  if (notes.length === 0) return null;
  return (
    <details className={classes.notes} open={open}>
      <summary>
        {title}: {formatCount(notes.length)}
      </summary>
      {/* A scrolling region must be reachable by keyboard. */}
      <ol tabIndex={0} aria-label={title}>
        {notes.slice(0, shownNotes).map(({ file, line, reason }) => (
          <li key={`${file}:${line}`}>
            <code>
              {file}:{line}
            </code>{' '}
            {reason}
          </li>
        ))}
      </ol>
    </details>
  );
}
