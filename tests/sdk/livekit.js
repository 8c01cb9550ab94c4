// The pages of the tests with a real LiveKit: livekit-client as an application uses it.

const { Room, RoomEvent } = LivekitClient;

window.join = async (url, token, { single = true, attach = "before", options = {}, given = {} } = {}) => {
  window.room = new Room({ singlePeerConnection: single, videoCaptureDefaults: { resolution: { width: 320, height: 180 } }, ...given });
  room.on(RoomEvent.TrackSubscribed, (track) => document.body.append(track.attach()));
  if (attach === "before") window.detach = rtcpulse.attachRoom(room, options);
  await room.connect(url, token, { rtcConfig: { iceServers: [] } });
  if (attach === "after") window.detach = rtcpulse.attachRoom(room, options);
  await room.localParticipant.enableCameraAndMicrophone();
};

window.tracks = () => [...room.localParticipant.trackPublications.values()].map(({ trackSid, source }) => [trackSid, source]);

window.heard = async (count) => {
  const found = () => [...room.remoteParticipants.values()].flatMap((one) => [...one.trackPublications.values()]).filter((one) => one.track);
  while (found().length < count) await sleep(100);
};

window.reconnect = async () => {
  const back = new Promise((done) => room.once(RoomEvent.Reconnected, done));
  await room.simulateScenario("full-reconnect");
  await back;
};
