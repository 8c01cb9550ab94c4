// One person in a LiveKit room: livekit-client as an application uses it, watched by attachRoom.

const { Room, RoomEvent, Track } = LivekitClient;
const now = () => performance.timeOrigin + performance.now();

// Every reading of a peer connection that anybody in this page has made.
window.readings = [];
const { getStats } = RTCPeerConnection.prototype;
RTCPeerConnection.prototype.getStats = async function (...given) {
  const report = await getStats.apply(this, given);
  const streams = [...report.values()].filter(({ type }) => /bound-rtp$/.test(type));
  readings.push({ t: now(), streams: streams.map((one) => ({ ...one })) });
  return report;
};

// Send media to another port than the server says: that of a relay in front of it.
window.detour = (media, front) => {
  const moved = (text) => text?.replaceAll(` ${media} typ`, ` ${front} typ`);
  const { setRemoteDescription, addIceCandidate } = RTCPeerConnection.prototype;
  RTCPeerConnection.prototype.setRemoteDescription = function ({ type, sdp }) {
    return setRemoteDescription.call(this, { type, sdp: moved(sdp) });
  };
  RTCPeerConnection.prototype.addIceCandidate = function (given) {
    const { candidate, sdpMid, sdpMLineIndex, usernameFragment } = given ?? {};
    return addIceCandidate.call(this, { candidate: moved(candidate), sdpMid, sdpMLineIndex, usernameFragment });
  };
};

// Enter the room with camera and microphone.
window.join = async ({ url, token, single }) => {
  window.room = new Room({
    singlePeerConnection: single,
    videoCaptureDefaults: { resolution: { width: 480, height: 270, frameRate: 10 } },
    publishDefaults: { simulcast: true, red: false }, // redundancy would make up for what is lost
  });
  room.on(RoomEvent.TrackSubscribed, (track) => document.body.append(track.attach()));
  rtcpulse.attachRoom(room, { app: "page/1.0" });
  await room.connect(url, token, { rtcConfig: { iceServers: [] } });
  await room.localParticipant.enableCameraAndMicrophone();
  return own();
};

// By which ids the server knows this person now, and what they publish.
window.own = async () => {
  const tracks = [...room.localParticipant.trackPublications.values()].map(({ trackSid, source, simulcasted, isMuted }) => ({
    sid: trackSid, source, simulcasted, muted: isMuted,
  }));
  return { sid: room.localParticipant.sid, room: await room.getSid(), mode: room.engine.pcManager.mode, tracks };
};

window.mute = (muted) => room.localParticipant.setMicrophoneEnabled(!muted).then(now);

const SMALL = { width: 480, height: 270, frameRate: 5 };

window.share = (on) => room.localParticipant.setScreenShareEnabled(on, { audio: false, resolution: SMALL }).then(now);

// Leave and come back as if the server had asked for it: new peer connections, new ids, the same person.
window.reconnect = async () => {
  const back = new Promise((done) => room.once(RoomEvent.Reconnected, done));
  await room.simulateScenario("full-reconnect");
  await back;
  return own();
};

window.leave = () => room.disconnect().then(now);

// Wait until so many streams of others bring packets.
window.hears = async (count) => {
  const flowing = async () => {
    const pcs = [room.engine.pcManager.publisher, room.engine.pcManager.subscriber].filter(Boolean);
    const reports = await Promise.all(pcs.map((pc) => pc.getStats()));
    const streams = reports.flatMap((report) => [...report.values()]);
    return streams.filter(({ type, packetsReceived }) => type === "inbound-rtp" && packetsReceived > 0).length;
  };
  while (await flowing() < count) await new Promise((done) => setTimeout(done, 200));
};
