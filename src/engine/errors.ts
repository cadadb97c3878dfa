export type EngineErrorCode =
  | 'insecure-context'
  | 'webgpu-missing'
  | 'adapter-missing'
  | 'device-lost'
  | 'device-wrong'
  | 'engine-lost'
  | 'out-of-memory'
  | 'file-missing'
  | 'file-truncated'
  | 'file-corrupt'
  | 'file-unsupported'
  | 'recipe-invalid'
  | 'data-invalid'
  | 'state-mismatch'
  | 'not-finite'
  | 'engine-busy'
  | 'bundle-invalid'
  | 'storage-refused'
  | 'internal';

/** An error a person can act on: what happened, why, and the one thing to do. Survives `postMessage` via `toJSON`. */
export class EngineError extends Error {
  override readonly name = 'EngineError';
  constructor(
    readonly code: EngineErrorCode,
    /** Cause in plain words. */
    message: string,
    /** One action, as an imperative sentence. */
    readonly action: string,
    private readonly options?: ErrorOptions & { arm?: string },
  ) {
    super(message, options);
  }

  toJSON(): EngineFailure {
    const { code, message, action, options } = this;
    return { code, message, action, ...(options?.arm !== undefined && { arm: options.arm }) };
  }
}

/** Plain-data form of `EngineError`, for messages between threads and for logs. */
export interface EngineFailure {
  code: EngineErrorCode;
  message: string;
  action: string;
  /** The arm that it is about, by key, where it is about one. */
  arm?: string | undefined;
}

/** Any thrown value as a failure; unknown errors become `internal` with their own message. */
export function toFailure(error: unknown): EngineFailure {
  if (error instanceof EngineError) return error.toJSON();
  const message = error instanceof Error ? error.message : String(error);
  return {
    code: 'internal',
    message,
    action: 'Reload the page; if it happens again, report it with the recipe.',
  };
}
