// As a module: all of rtcpulse and attachRoom. Served by a collector, its own address says where that is and with which key.
import * as core from "./rtcpulse.mjs";
import { attempt } from "./guard.js";
import { roomAttacher } from "./livekit.js";

export * from "./rtcpulse.mjs";
export const attachRoom = roomAttacher(core);

attempt(() => {
  const [, collector, key] = /^(.*)\/sdk\/livekit\.mjs(?:\?key=([^&]*))?/.exec(import.meta.url) ?? [];
  if (collector) core.configure({ collector, ...(key && { key: decodeURIComponent(key) }) });
});
