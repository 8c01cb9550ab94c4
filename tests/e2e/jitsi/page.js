// A page as jitsi-meet is one for its statistics: Jitsi's own client traces two connections that call each other.

import rtcstatsInit from "@jitsi/rtcstats/rtcstats";
import traceInit from "@jitsi/rtcstats/trace-ws";

const address = new URLSearchParams(location.search);
const closes = [];
const trace = traceInit({
  endpoint: address.get("endpoint"),
  meetingFqn: `meet.example/${address.get("room")}`,
  onCloseCallback: ({ code }) => closes.push(code),
  useLegacy: false,
  obfuscate: true,
});
rtcstatsInit(trace, { pollInterval: 500, useLegacy: false, sendSdp: true });
trace.connect(false);
trace.identity("identity", null, { confName: address.get("room"), endpointId: "abcd1234" });

window.call = async () => {
  const media = await navigator.mediaDevices.getUserMedia({ audio: true, video: true });
  const [near, far] = [new RTCPeerConnection(), new RTCPeerConnection()];
  near.onicecandidate = ({ candidate }) => far.addIceCandidate(candidate);
  far.onicecandidate = ({ candidate }) => near.addIceCandidate(candidate);
  for (const track of media.getTracks()) near.addTrack(track, media);
  await near.setLocalDescription();
  await far.setRemoteDescription(near.localDescription);
  await far.setLocalDescription();
  await near.setRemoteDescription(far.localDescription);
  window.ends = [near, far];
};

window.trace = trace;
window.closes = closes;

// Return by SSRC what each end has counted: packets, bytes.
window.counted = async () => {
  const found = {};
  for (const [place, end] of ends.entries()) {
    for (const one of (await end.getStats()).values()) {
      if (one.type === "outbound-rtp") found[`${place}-out-${one.ssrc}`] = [one.packetsSent, one.bytesSent];
      if (one.type === "inbound-rtp") found[`${place}-in-${one.ssrc}`] = [one.packetsReceived, one.bytesReceived];
    }
  }
  return found;
};
