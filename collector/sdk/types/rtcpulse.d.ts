// Types of rtcpulse in a browser. None of these functions throws, whatever it is given.

/** A connection as the SDK needs it: the browser's own, or a wrapper with the same events and getStats(). */
export type Connection = RTCPeerConnection;

/** Who is in which room; all optional, all texts cut to 256 characters. */
export interface SessionOptions {
  /** One session for each pair of room and participant, until the person left. */
  room?: string;
  participant?: string;
  /** The session's id, where the application has one; else it is made up. */
  session?: string;
  /** The application and its version. */
  app?: string;
  /** The media server. */
  server?: { node?: string; region?: string };
  tags?: Record<string, string>;
  /** Ids in other systems: `{ livekit: { room: "standup" } }`. */
  refs?: Record<string, Record<string, string>>;
}

export interface WatchOptions extends SessionOptions {
  /** The connection's role, such as `publisher`. */
  label?: string;
}

export interface Configuration extends SessionOptions {
  /** The collector's address, without a path: `https://telemetry.example.com`. */
  collector?: string;
  /** The key of the project. */
  key?: string;
  /** Milliseconds between two polls, 500 at least; the collector may ask for others. */
  poll_ms?: number;
  /** Milliseconds between two batches. */
  send_ms?: number;
  /** True: what the SDK does and what fails in it is written to the console; a function gets it instead. */
  debug?: boolean | ((what: string, detail: unknown) => void);
}

/** Whose media a stream of a watched connection is, from now on; one of `mid`, `ssrc`, `trackIdentifier` says which stream. */
export interface TrackOwner {
  pc: Connection;
  direction: "inbound" | "outbound";
  mid?: string;
  ssrc?: number;
  trackIdentifier?: string;
  track?: string;
  publisher?: string;
  source?: "microphone" | "camera" | "screen_share" | "screen_share_audio" | "other";
  muted?: boolean;
  wanted?: boolean;
}

export type EventName =
  | "join_started" | "signal_connected" | "media_permission" | "joined" | "reconnecting" | "reconnected" | "left" | "error"
  | "device" | "network" | "track_muted" | "track_wanted" | "rating" | "quality";

export type Scalar = string | number | boolean | null;

/** Set where batches go and what all sessions share. */
export function configure(configuration: Configuration): void;

/** Watch a connection; the answer ends it. */
export function watch(pc: Connection, options?: WatchOptions): () => void;

/** Watch every connection that the page makes from now on; the answer stops that. */
export function watchAll(options?: WatchOptions): () => void;

/** Begin a session before there is a connection, or say more of one; `event` then takes `target` for it. */
export function identify(options: SessionOptions, target?: object): void;

/** Say whose media a stream is from now on. */
export function track(owner: TrackOwner): void;

/** Say that something happened now; other names are kept as `custom`. */
export function event(name: EventName | (string & {}), value?: Scalar | Record<string, Scalar>, about?: Connection | object): void;
