// As a script: the global `rtcpulse`, which livekit.js and debug.js add to.
import { configure, event, identify, track, watch, watchAll } from "./rtcpulse.js";

globalThis.rtcpulse = { configure, event, identify, track, watch, watchAll };
