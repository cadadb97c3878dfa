/** Whether a file is, by its name, a run or a recipe: nobody's picture. */
export function isRunFile({ name }: File): boolean {
  return /\.(zip|json)$/i.test(name);
}
