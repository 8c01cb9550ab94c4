// Types of rtcpulse's debug view.

export interface DebugCounts {
  polls: number;
  every_ms: number;
  poll_ms_last: number;
  poll_ms_mean: number;
  poll_ms_most: number;
  attempts: number;
  accepted: number;
  refused: number;
  unanswered: number;
  waiting: number;
  dropped: number;
  failures: number;
  last_failure: string;
}

export interface DebugView {
  counts(): DebugCounts;
  /** Write the counts to the console as a table. */
  table(): void;
  close(): void;
}

/** Begin to count; with `overlay` the counts stand in a corner of the page. */
export function debug(options?: { overlay?: boolean }): DebugView | undefined;
