/** A short run of the smallest pair, as a link; `change` says how long it is and what else is its own. */
export function shortRun(change: Record<string, string>): URLSearchParams {
  return new URLSearchParams({
    pair: 'nano',
    'data.batchSize': '4',
    'data.examples': '64',
    'data.labelled': '0',
    'stages.align.steps': '3',
    'stages.finetune.steps': '3',
    'evaluation.liveQuestions': '8',
    'evaluation.finalQuestions': '8',
    logEverySteps: '4',
    arms: '[]',
    ...change,
  });
}
