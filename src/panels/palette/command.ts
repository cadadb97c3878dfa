/** What can be done, by name. */
export interface Command {
  id: string;
  group: string;
  label: string;
  /** More words to find it by, or what it does. */
  description?: string;
  run(): void;
}

/** Those of some commands that there are. */
export function some(commands: readonly (Command | false)[]): Command[] {
  return commands.filter((command) => command !== false);
}
