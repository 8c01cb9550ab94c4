// What LiveKit's numbers and names are called here.

// DisconnectReason of LiveKit's protocol.
const REASONS =
  "unknown_reason client_initiated duplicate_identity server_shutdown participant_removed room_deleted state_mismatch" +
  " join_failure migration signal_close room_closed user_unavailable user_rejected sip_trunk_failure connection_timeout" +
  " media_failure agent_error";

export const reasonOf = (reason) => REASONS.split(" ")[reason ?? 0] ?? String(reason);

// ConnectionQuality of LiveKit's protocol.
export const qualityOf = (quality) => ["poor", "good", "excellent", "lost"][quality];

export const sourceOf = (source) => (/^(microphone|camera|screen_share)/.test(source) ? source : "other");

// Room and identity that an access token is for: known before anything of the room is, also where joining fails.
export const claimsOf = (token) => {
  const coded = token.split(".")[1].replaceAll("-", "+").replaceAll("_", "/");
  const bytes = Uint8Array.from(atob(coded), (one) => one.charCodeAt(0));
  const { sub, video } = JSON.parse(new TextDecoder().decode(bytes));
  return { room: video?.room, identity: sub };
};
