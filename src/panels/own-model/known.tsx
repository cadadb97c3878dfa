import { Button } from '@mantine/core';
import { useState } from 'react';
import { takeOwnModel } from '../../store/own/own-model.ts';
import type { OwnModelDialog } from '../../store/slices/pair-slice.ts';
import { useStore } from '../../store/store.ts';
import { formatBytes, formatCount } from '../lib/format.ts';
import classes from './own-model.module.css';
import { Remember } from './remember.tsx';

/** What a model is, what a run with it would take, and whether this adapter gives that. */
export function Known({ role, brought, expected, weighed }: OwnModelDialog & { step: 'known' }) {
  const { report, weight, pinned } = weighed;
  const [remembering, setRemembering] = useState(false);
  const { family, encoder, decoder } = report.names;
  const { parts, gpuBytes, largest, limits, fits, switches } = weight;
  return (
    <>
      <p>
        <strong>{report.folder}</strong>: {family},{' '}
        {encoder === undefined ? decoder : `${encoder} + ${decoder}`}, {formatCount(report.parameters)}{' '}
        parameters,{' '}
        {report.imageTokens > 0
          ? `${report.imageTokens} image tokens, pictures of ${report.imageSize} px`
          : 'text alone'}
        , vocabulary {formatCount(report.vocabularySize)}.
      </p>
      <table className={classes.weight}>
        <caption>What a run of the recipe as it stands would take</caption>
        <thead>
          <tr>
            <th scope="col">for</th>
            <th scope="col">in the memory of</th>
            <th scope="col">takes</th>
          </tr>
        </thead>
        <tbody>
          {parts.map(({ part, place, bytes }) => (
            <tr key={part}>
              <th scope="row">{part}</th>
              <td>{place === 'GPU' ? 'the graphics card' : 'this computer'}</td>
              <td>{formatBytes(bytes)}</td>
            </tr>
          ))}
        </tbody>
        <tfoot>
          <tr>
            <th scope="row" colSpan={2}>
              On the graphics card together
            </th>
            <td>{formatBytes(gpuBytes)}</td>
          </tr>
        </tfoot>
      </table>
      {pinned !== undefined && (
        <p className={classes.other}>
          From huggingface.co, commit {pinned.revision.slice(0, 8)}: only its texts and the heads of its files
          were fetched so far.
        </p>
      )}
      <p className={classes.other}>
        The largest buffer takes {formatBytes(largest.buffer)}, {formatBytes(largest.binding)} of one are read
        at a time; this adapter allows {formatBytes(limits.buffer)} and {formatBytes(limits.binding)}.
        {!fits && ' It does not fit.'}
      </p>
      {switches.length > 0 && (
        <>
          <p>{fits ? 'It would take less with' : 'Change the recipe, or choose a smaller model:'}</p>
          <ul>
            {switches.map(({ change, gpuBytes: bytes, fits: would }) => (
              <li key={change}>
                {change}: {formatBytes(bytes)}
                {!fits && (would ? ', fits' : ', does not fit alone')}
              </li>
            ))}
          </ul>
        </>
      )}
      {expected === undefined && ('kind' in brought || 'repo' in brought) && (
        <Remember place={brought} checked={remembering} onChange={setRemembering} />
      )}
      <div className={classes.buttons}>
        <Button
          size="xs"
          disabled={!fits}
          onClick={() => void takeOwnModel({ role, brought, expected }, remembering)}
        >
          {pinned === undefined ? 'Use it' : `Fetch ${formatBytes(report.bytes)} and use it`} as {role}
        </Button>
        <Button
          size="xs"
          variant="default"
          onClick={() => useStore.setState({ ownModel: { role, step: 'choose' } })}
        >
          Choose another
        </Button>
      </div>
    </>
  );
}
