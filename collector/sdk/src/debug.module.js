// As a module: `debug` over the core that the page has already.
import * as core from "./rtcpulse.mjs";
import { viewer } from "./debug.js";

export const debug = viewer(core);
