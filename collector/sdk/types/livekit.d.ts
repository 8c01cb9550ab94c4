// Types of rtcpulse for a Room of livekit-client 2.x.

export * from "./rtcpulse";
import type { Configuration, SessionOptions } from "./rtcpulse";

/** What is asked of a Room: livekit-client need not be there to compile this. */
export interface RoomLike {
  readonly name: string;
  on(event: any, listener: (...given: any[]) => void): unknown;
  off(event: any, listener: (...given: any[]) => void): unknown;
}

/** Room, participant and the LiveKit ids are known from the room; `collector` and `key` are as in `configure`. */
export type RoomOptions = SessionOptions & Pick<Configuration, "collector" | "key">;

/** Watch a room whole, best before `room.connect`; the answer puts everything back. */
export function attachRoom(room: RoomLike, options?: RoomOptions): () => void;
