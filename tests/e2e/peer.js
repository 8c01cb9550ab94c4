// One end of a call between two pages; the test carries the descriptions from one to the other.

const now = () => performance.timeOrigin + performance.now();

const gathered = (pc) => new Promise((done) => {
  const look = () => pc.iceGatheringState === "complete" && done();
  pc.addEventListener("icegatheringstatechange", look);
  look();
});

const play = ({ track }) => {
  const sink = document.createElement(track.kind);
  sink.muted = true;
  sink.srcObject = new MediaStream([track]);
  document.body.append(sink);
  sink.play();
};

// A watched connection that sends the fake microphone and a small picture of the fake camera.
window.join = async (session, room, participant) => {
  const video = { width: 320, height: 180, frameRate: 15 };
  const media = await navigator.mediaDevices.getUserMedia({ audio: true, video });
  window.pc = new RTCPeerConnection({ bundlePolicy: "max-bundle" });
  rtcpulse.watch(pc, { session, room, participant });
  pc.ontrack = play;
  for (const track of media.getTracks()) pc.addTrack(track, media);
};

// This end's description with all its candidates: an offer, or the answer to one.
window.describe = async (offer) => {
  if (offer) await pc.setRemoteDescription({ type: "offer", sdp: offer });
  await pc.setLocalDescription();
  await gathered(pc);
  return pc.localDescription.sdp;
};

window.accept = (answer) => pc.setRemoteDescription({ type: "answer", sdp: answer });

// Wait for the connection, then say whose tracks it carries, as an application would.
window.connected = async (self, other) => {
  while (pc.connectionState !== "connected") await new Promise((done) => setTimeout(done, 20));
  for (const { mid, sender } of pc.getTransceivers()) {
    const source = sender.track.kind === "audio" ? "microphone" : "camera";
    for (const [direction, publisher] of [["outbound", self], ["inbound", other]]) {
      rtcpulse.track({ pc, direction, mid, track: publisher + "-" + source, publisher, source });
    }
  }
  return now();
};

// Send no more media; what is under way still arrives and is still repaired and reported.
window.silence = async () => {
  const ended = now();
  await Promise.all(pc.getSenders().map((sender) => sender.replaceTrack(null)));
  return ended;
};

// The bytes that the transport's SRTP profile puts behind each payload.
window.tag = async () => {
  const transport = [...(await pc.getStats()).values()].find(({ type }) => type === "transport");
  return /GCM/.test(transport.srtpCipher) ? 16 : 10;
};

window.hangUp = () => {
  const ended = now();
  pc.close();
  return ended;
};
