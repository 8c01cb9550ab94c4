// Keeps our failures ours: nothing that the SDK does throws into the page, and no promise of its is left to reject.

export const settings = { collector: "", key: "" };

// Tell whoever looks on, as the debug view does, what the SDK does.
export const tell = (what, detail) => {
  try {
    settings.debug?.("rtcpulse " + what, detail);
  } catch {
    // A console that fails is the page's.
  }
};

// Awaited, not caught: pages put Promises of their own in the browser's place.
const harmless = async (promise) => {
  try {
    return await promise;
  } catch (error) {
    tell("failed", error);
  }
};

// `work` as a function that never throws and whose promise never rejects.
export const guard = (work, otherwise) => (...given) => {
  try {
    const result = work(...given);
    return result?.then ? harmless(result) : result;
  } catch (error) {
    tell("failed", error);
    return otherwise;
  }
};

// Do it now, guarded.
export const attempt = (work) => guard(work)();
