/** A model on huggingface.co; `revision` is a branch, a tag or a commit. */
export interface HubModel {
  repo: string;
  revision: string;
}

/** “owner/name”, “owner/name@revision”, or the address of its page; undefined where it is none of these. */
export function readHubName(text: string): HubModel | undefined {
  const found =
    /^(?:https?:\/\/huggingface\.co\/)?([\w.-]+\/[\w.-]+?)(?:(?:@|\/(?:tree|blob)\/)([^\s/?#]+).*|\/?)$/u.exec(
      text.trim(),
    );
  return found === null ? undefined : { repo: found[1]!, revision: found[2] ?? 'main' };
}
