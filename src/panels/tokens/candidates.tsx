import { formatProbability, shown, type Side, type TextReading } from './measure.ts';
import classes from './tokens.module.css';

const names: Record<Side, string> = { teacher: 'Teacher', student: 'Student' };

/** What a model thinks likeliest in one place of the text. */
export function Candidates({
  text,
  side,
  index,
}: {
  text: TextReading;
  side: Side;
  index: number | undefined;
}) {
  const token = index === undefined ? undefined : text[side][index];
  const before = text[side]
    .slice(0, index)
    .map((own) => shown(own.text))
    .join('');
  return (
    <div className={classes.likeliest} data-side={side}>
      <h3>
        {names[side]}{' '}
        {token !== undefined && <span>{before === '' ? 'at the start' : `after “${before}”`}</span>}
      </h3>
      {token === undefined ? (
        <p>nothing in this place</p>
      ) : (
        <ol>
          {[...token.top, ...(token.rank < token.top.length ? [] : [token])].map((candidate) => (
            <li key={candidate.id} data-said={candidate.id === token.id}>
              <span>{shown(candidate.text)}</span>
              <i>
                <b style={{ width: `${Math.exp(candidate.logProbability) * 100}%` }} />
              </i>
              <span>{formatProbability(candidate.logProbability)}</span>
            </li>
          ))}
        </ol>
      )}
    </div>
  );
}
