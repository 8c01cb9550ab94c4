// A page with many inbound streams, on top of the SDK tests' call.js: what it sends, and what it costs to watch it.

const TICK_MS = 100;

const stats = async (pc, type) => [...(await pc.getStats()).values()].filter((one) => one.type === type);

// A call with so many small inbound streams, of which the callee sends `kbps` itself, as data.
window.crowd = async (tracks, kbps) => {
  await call({ tracks, height: 48, rate: 2 });
  const channel = callee.createDataChannel("load");
  const load = new Uint8Array((kbps * TICK_MS) / 8);
  channel.onopen = () => kbps && setInterval(() => channel.send(load), TICK_MS);
  await negotiate(callee, caller);
  const flowing = async () => (await stats(callee, "inbound-rtp")).filter((one) => one.packetsReceived).length;
  while ((await flowing()) < tracks) await sleep(100);
  while (kbps && channel.readyState !== "open") await sleep(100);
};

// Watch the callee. `taken` gets the time of every sample, `workMs` how long the SDK then kept the page's only thread:
// what it does with a report runs at once, before the browser turns to anything else.
window.observe = (session) => {
  Object.assign(window, { taken: [], workMs: [] });
  callee.getStats = async () => {
    const report = await RTCPeerConnection.prototype.getStats.call(callee);
    const began = performance.now();
    const { port1, port2 } = new MessageChannel();
    port1.onmessage = () => {
      workMs.push(performance.now() - began);
      port1.close();
    };
    port2.postMessage(0);
    taken.push(performance.timeOrigin + began);
    return report;
  };
  rtcpulse.watch(callee, { session, room: session, participant: "crowd" });
};
