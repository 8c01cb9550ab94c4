// As a script, after rtcpulse.js: adds `rtcpulse.attachRoom`.
import { roomAttacher } from "./livekit.js";

if (globalThis.rtcpulse) rtcpulse.attachRoom = roomAttacher(rtcpulse);
else console.error("rtcpulse: load rtcpulse.js before livekit.js");
