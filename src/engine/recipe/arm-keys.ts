/** Who else is told of under a name, wherever an arm's key stands: in events, charts and answers. */
const others = new Set(['teacher', 'before']);

/** Whether a key names no arm: somebody else, or what every JavaScript object has (“constructor”). */
export function isReserved(key: string): boolean {
  return others.has(key) || key in Object.prototype;
}

/** Fields in which arms may differ: everything else (data, seed, number of updates) is what makes them comparable. */
const armFields =
  /^(?:objective|loss\.\w+|recalibrator\.\w+|student\.(?:lora\.)?\w+|data\.unlabelled|optimiser\.\w+)$/;

/** A stage's learning rate at its beginning or its end. */
export function isRate(path: string): boolean {
  return /^stages\.\w+\.(?:learningRate|finalLearningRate)$/.test(path);
}

export function mayDiffer(path: string): boolean {
  return isRate(path) || armFields.test(path);
}
