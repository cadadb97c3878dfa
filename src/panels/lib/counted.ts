/** 1, “run” → “1 run”; 3, “run” → “3 runs”. */
export function counted(count: number, what: string): string {
  return `${count} ${what}${count === 1 ? '' : 's'}`;
}
