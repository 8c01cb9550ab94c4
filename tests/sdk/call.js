// The pages of the tests: a call between two real peer connections of one page.

const negotiate = async (caller, callee) => {
  await caller.setLocalDescription(await caller.createOffer());
  await callee.setRemoteDescription(caller.localDescription);
  await callee.setLocalDescription(await callee.createAnswer());
  await caller.setRemoteDescription(callee.localDescription);
};

// `tracks` media tracks from caller to callee, the first an audio track, every other one a small video.
window.call = async ({ tracks = 2, height = 120, rate = 10, both = false } = {}) => {
  const media = await navigator.mediaDevices.getUserMedia({ audio: true, video: { height, frameRate: rate } });
  const [caller, callee] = [new RTCPeerConnection(), new RTCPeerConnection()];
  caller.onicecandidate = ({ candidate }) => candidate && callee.addIceCandidate(candidate);
  callee.onicecandidate = ({ candidate }) => candidate && caller.addIceCandidate(candidate);
  callee.ontrack = ({ track }) => {
    const sink = document.createElement(track.kind);
    sink.muted = true;
    sink.srcObject = new MediaStream([track]);
    document.body.append(sink);
    sink.play();
  };
  for (let index = 0; index < tracks; index++) {
    const [audio, video] = [media.getAudioTracks()[0], media.getVideoTracks()[0]];
    const track = (index % 2 ? video : audio).clone();
    caller.addTrack(track, media);
    if (both && index < 2) callee.addTrack(track.clone(), media);
  }
  await negotiate(caller, callee);
  return Object.assign(window, { caller, callee, media });
};

window.sleep = (ms) => new Promise((done) => setTimeout(done, ms));
