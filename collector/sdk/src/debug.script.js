// As a script, after rtcpulse.js: adds `rtcpulse.debug`.
import { viewer } from "./debug.js";

if (globalThis.rtcpulse) rtcpulse.debug = viewer(rtcpulse);
else console.error("rtcpulse: load rtcpulse.js before debug.js");
